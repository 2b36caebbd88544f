import { resolve } from 'node:path'
import { readStores, type Stores } from '@keepsake/shared/config/stores'
import { isCode } from '@keepsake/shared/domain/errors'
import type { Given, Option } from './command.ts'
import { UsageError } from './usage-error.ts'

/** How a target is named. */
export const TARGET_OPTIONS = {
  to: {
    type: 'string',
    help: 'A folder like DATA_DIR, or mongodb://… (with a password: --to-file). Without it records stay.',
  },
  'to-file': { type: 'string', help: 'A file with the mongodb://… address in it.' },
  bucket: { type: 'string', help: 'The bucket for objects. Without it they go into the folder, or stay.' },
  region: { type: 'string', help: 'As S3_REGION.' },
  endpoint: { type: 'string', help: 'As S3_ENDPOINT.' },
  prefix: { type: 'string', help: 'As S3_PREFIX.' },
  'force-path-style': { type: 'boolean', help: 'As S3_FORCE_PATH_STYLE=true.' },
} as const satisfies Readonly<Record<string, Option>>

/** The variable that an option stands for. */
const VARIABLES = {
  bucket: 'S3_BUCKET',
  region: 'S3_REGION',
  endpoint: 'S3_ENDPOINT',
  prefix: 'S3_PREFIX',
  'force-path-style': 'S3_FORCE_PATH_STYLE',
} as const

/** The stores of the configuration, and those that the options name. Throws UsageError, or CONFIG_INVALID for the configuration. */
export function readTarget(given: Given): { readonly source: Stores; readonly target: Stores } {
  const [to, file, bucket] = [given.text('to'), given.text('to-file'), given.text('bucket')]
  if (to !== undefined && file !== undefined) throw new UsageError('Give --to or --to-file, not both.')
  if (to === undefined && file === undefined && bucket === undefined) {
    throw new UsageError('Say where to: --to, --bucket or both. See `npm run keepsake -- transfer --help`.')
  }
  const stray = Object.keys(VARIABLES).find((option) => given.text(option) !== undefined || given.has(option))
  if (bucket === undefined && stray !== undefined) throw new UsageError(`--${stray} needs --bucket.`)

  const source = readStores()
  const place = file === undefined ? placeOf(to) : { MONGODB_URI: '', MONGODB_URI_FILE: file }
  return { source, target: read({ ...place, ...(bucket !== undefined && readS3(given)) }) }
}

/** A folder takes both, records and objects; an address only records. */
function placeOf(to: string | undefined): Record<string, string> {
  if (to === undefined) return {}
  if (to.trim() === '') throw new UsageError('--to is empty.')
  if (/^[a-z][a-z+]*:\/\//i.test(to)) return { MONGODB_URI: to, MONGODB_URI_FILE: '' }
  return { ...NO_S3, DATA_DIR: resolve(to), MONGODB_URI: '', MONGODB_URI_FILE: '' }
}

const NO_S3 = Object.fromEntries(Object.values(VARIABLES).map((name) => [name, '']))

function readS3(given: Given): Record<string, string> {
  const found = Object.entries(VARIABLES).map(([option, variable]) => {
    return [variable, given.text(option) ?? (given.has(option) ? 'true' : '')] as const
  })
  return Object.fromEntries(found)
}

function read(changes: Readonly<Record<string, string>>): Stores {
  try {
    return readStores(changes)
  } catch (error) {
    if (!isCode(error, 'CONFIG_INVALID')) throw error
    throw new UsageError(inWordsOfOptions(error.message))
  }
}

function inWordsOfOptions(message: string): string {
  const names = Object.entries({ to: 'MONGODB_URI', 'to-file': 'MONGODB_URI_FILE', ...VARIABLES })
  return names.reduce(
    (text, [option, variable]) => text.replace(new RegExp(`\\b${variable}\\b`, 'g'), `--${option}`),
    message,
  )
}
