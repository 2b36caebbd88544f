import { types } from 'node:util'
import mongoose from 'mongoose'
import { KeepsakeError, unavailable } from '../../domain/errors.ts'

/** Nothing was sent: there was no server, or no connection to it. */
const NOT_SENT = new Set([
  ...[
    'MongoServerSelectionError',
    'MongooseServerSelectionError',
    'MongoWaitQueueTimeoutError',
    'MongoPoolClearedError',
  ],
  ...['MongoPoolClosedError', 'MongoTopologyClosedError', 'MongoNotConnectedError', 'MongoClientClosedError'],
])

/** Sent, and then no answer. */
const NO_ANSWER = new Set([
  ...['MongoNetworkError', 'MongoNetworkTimeoutError', 'MongoPoolClearedOnNetworkError'],
  ...['MongoUnexpectedServerResponseError', 'MongoWriteConcernError', 'LateAnswer'],
])

/** The same from the socket itself: the driver does not wrap all of them. */
const BROKEN = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

/** Refused before anything was done: another member is the primary. */
const NOT_PRIMARY = new Set([10107, 13435, 13436, 10058])

/** Ended in the middle: out of time, an election, a shutdown, a majority that did not answer, a failure inside of a compatible server. */
const INTERRUPTED = new Set([
  ...[1, 6, 7, 43, 50, 64, 79, 89, 91, 100, 134, 175],
  ...[189, 237, 262, 9001, 11600, 11601, 11602],
])

const WRITE_CONFLICT = 112

const NO_ROOM = 14031

const REFUSED = new Set([13, 18, 8000])

const OUT_OF_REACH = 'The database cannot be reached at the moment; try again.'

/** What a failure of a read means to a caller. Anything that is no trouble of the database passes through. */
export function readError(error: unknown): unknown {
  return isTrouble(error) ? unavailable(messageOf(error), error) : error
}

/** What a failure of a write means to a caller: UNAVAILABLE or STORAGE_FULL when nothing was done, OUTCOME_UNKNOWN when nobody knows. */
export function writeError(error: unknown): unknown {
  if (hasNoRoom(error)) {
    return new KeepsakeError('STORAGE_FULL', 'There is no room left for the database.', { cause: error })
  }
  if (!isTrouble(error)) return error
  if (wasNotDone(error)) return unavailable(messageOf(error), error)
  return new KeepsakeError('OUTCOME_UNKNOWN', 'The database did not say what became of a write; try again.', {
    cause: error,
    details: { retryAfter: 1 },
  })
}

/** The name of the unique index that a write would have violated; an empty one where the server does not tell it. */
export function violatedIndex(error: unknown): string | undefined {
  if (!types.isNativeError(error)) return undefined
  const isDuplicate = codeOf(error) === 11000 || (codeOf(error) === 1 && /duplicate key/i.test(error.message))
  if (!isDuplicate) return undefined
  return /index: (\S+)|Index '([^']+)'/.exec(error.message)?.slice(1).find(Boolean) ?? ''
}

/** Whether a unique index cannot be made: there are two documents already where there may be one. */
export function foundDuplicates(error: unknown): boolean {
  if (violatedIndex(error) !== undefined) return true
  // What a server that keeps its data in PostgreSQL passes on has no code of MongoDB's.
  return codeOf(error) === 1 && /could not create (unique index|exclusion constraint)/i.test(String(error))
}

/** What the server refused, if that is what happened. */
export function refusalOf(error: unknown): 'credentials' | 'access' | undefined {
  if (!REFUSED.has(codeOf(error))) return undefined
  // Atlas has one code for all.
  const isLogin = codeOf(error) === 18 || /^MongoServerError: bad auth\b/.test(String(error))
  return isLogin ? 'credentials' : 'access'
}

/** Whether the server undid an operation because another one stood in its way: nothing was done, and it may be tried again at once. */
export function wasUndone(error: unknown): boolean {
  // What a server that keeps its data in PostgreSQL passes on has no code of MongoDB's.
  return codeOf(error) === WRITE_CONFLICT || (codeOf(error) > 0 && /deadlock detected/i.test(String(error)))
}

/** Whether a failure is one of the database or of the line to it. */
export function isTrouble(error: unknown): error is Error {
  if (!types.isNativeError(error) || violatedIndex(error) !== undefined) return false
  if (NOT_SENT.has(error.name) || NO_ANSWER.has(error.name) || wasUndone(error)) return true
  if ('code' in error && typeof error.code === 'string' && BROKEN.has(error.code)) return true
  const code = codeOf(error)
  // Around a failure of the driver itself: one of the server has a code.
  if (error.name === 'MongoBulkWriteError' && code === 0) return true
  return NOT_PRIMARY.has(code) || INTERRUPTED.has(code) || REFUSED.has(code)
}

/** Servers that keep their data in PostgreSQL pass its words on. */
function hasNoRoom(error: unknown): boolean {
  return codeOf(error) === NO_ROOM || (codeOf(error) === 1 && /no space left on device/i.test(String(error)))
}

function wasNotDone(error: Error): boolean {
  if (NOT_SENT.has(error.name) || wasUndone(error)) return true
  if (NOT_PRIMARY.has(codeOf(error)) || REFUSED.has(codeOf(error))) return true
  if (!(error instanceof mongoose.mongo.MongoError)) return false
  // It failed while it connected, or the server took nothing on.
  const isTurnedAway = error.hasErrorLabel('SystemOverloadedError') && error.hasErrorLabel('RetryableError')
  return isTurnedAway || error.hasErrorLabel('HandshakeError') || isConnecting(error.cause)
}

function isConnecting(cause: unknown): boolean {
  if (!types.isNativeError(cause) || !('syscall' in cause)) return false
  return cause.syscall === 'connect' || cause.syscall === 'getaddrinfo'
}

function messageOf(error: Error): string {
  const refusal = refusalOf(error)
  if (refusal === 'credentials') return 'The database refused the credentials.'
  return refusal === 'access' ? 'The database denies the access to this user.' : OUT_OF_REACH
}

function codeOf(error: unknown): number {
  const hasCode = types.isNativeError(error) && 'code' in error && typeof error.code === 'number'
  return hasCode ? Number(error.code) : 0
}
