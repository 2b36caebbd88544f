import { isNativeError } from 'node:util/types'
import { KeepsakeError, unavailable } from '../../domain/errors.ts'

const BUSY = 5
const LOCKED = 6
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const PROTOCOL = 15
const CONSTRAINT = 19
const NOTADB = 26

const OUT_OF_REACH = [BUSY, LOCKED, READONLY, IOERR, CORRUPT, CANTOPEN, PROTOCOL, NOTADB]

/** Whether another connection holds the lock that was needed: nothing was done, and it may be tried again. */
export function isBusy(error: unknown): boolean {
  return primaryCode(error) === BUSY
}

/** Whether the file is one that SQLite cannot read as a database. */
export function isNoDatabase(error: unknown): boolean {
  return [CORRUPT, NOTADB].includes(primaryCode(error) ?? 0)
}

/** The `table.column` that had to be unique and is not; several are joined by a comma. */
export function violatedColumn(error: unknown): string | undefined {
  if (primaryCode(error) !== CONSTRAINT) return undefined
  return /UNIQUE constraint failed: (.+)$/.exec(String(error))?.[1]
}

/** What a failure of a statement means to a caller: it has changed nothing. Anything that is no trouble of the database passes through. */
export function statementError(error: unknown): unknown {
  const code = primaryCode(error)
  if (code === FULL)
    return new KeepsakeError('STORAGE_FULL', 'There is no room left for the database.', { cause: error })
  if (code === undefined || !OUT_OF_REACH.includes(code)) return error
  return unavailable('The database cannot be used at the moment; try again.', error)
}

/** What a failure of a commit means: when the disk itself failed, nobody knows what reached it. */
export function commitError(error: unknown): unknown {
  const code = primaryCode(error)
  if (code === FULL || code === BUSY || code === READONLY) return statementError(error)
  return new KeepsakeError('OUTCOME_UNKNOWN', 'The database failed while it was writing; try again.', { cause: error })
}

/** SQLite's result code without its extension; undefined for an error that is not SQLite's. */
function primaryCode(error: unknown): number | undefined {
  if (!isNativeError(error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}
