import type { Command } from '../command.ts'
import { readTarget, TARGET_OPTIONS } from '../read-target.ts'
import { runTransfer } from '../run-transfer.ts'

/** `keepsake transfer`: brings records and objects to other stores. */
export const transfer: Command = {
  name: 'transfer',
  summary:
    'Copies everything to another database, another storage or both. Repeat it to go on, or to bring what has changed since.',
  options: TARGET_OPTIONS,

  async run(given, terminal) {
    const { source, target } = readTarget(given)
    return runTransfer(source, target, terminal)
  },
}
