import { loadEnvFile, silenceSdk, wantsColors } from '@keepsake/shared/config/env-file'
import { bucketSetup } from './commands/bucket-setup.ts'
import { check } from './commands/check.ts'
import { setup } from './commands/setup.ts'
import { transfer } from './commands/transfer.ts'
import { runCommand } from './run-command.ts'
import { openTerminal } from './terminal.ts'

/** What something that was left open may cost at the end, milliseconds. */
const LAST_GRACE = 1_000

loadEnvFile()
silenceSdk()
const terminal = openTerminal({ hasColors: wantsColors() })
process.exitCode = await runCommand([check, bucketSetup, setup, transfer], process.argv.slice(2), terminal)
setTimeout(() => process.exit(), LAST_GRACE).unref()
