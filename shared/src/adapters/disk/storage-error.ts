import { constants } from 'node:os'
import { types } from 'node:util'
import { KeepsakeError, unavailable } from '../../domain/errors.ts'

const { errno } = constants

const FULL = new Set<number>([errno.ENOSPC, errno.EDQUOT])

/** A missing file is an outage here too: whoever expects one to be missing has caught that before. */
const OUT_OF_REACH = new Set<number>([
  ...[errno.EIO, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EMFILE, errno.ENFILE],
  ...[errno.ENOMEM, errno.EAGAIN, errno.EBUSY, errno.ENXIO, errno.ENODEV, errno.ESTALE, errno.ETIMEDOUT],
  ...[errno.ENOTCONN, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ECONNRESET],
])

/** What the caller is told in place of `error`: STORAGE_FULL, UNAVAILABLE, or the error itself, when it is no outage. */
export function storageError(error: unknown): unknown {
  const number = errnoOf(error)
  if (number === undefined) return error
  if (FULL.has(number)) return storageFull(error)
  if (OUT_OF_REACH.has(number)) return unavailable('The storage is out of reach; try again in a moment.', error)
  return error
}

/** Waits for work on the file system; an outage rejects with STORAGE_FULL or UNAVAILABLE. */
export async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw storageError(error)
  }
}

/** There is no room for another object. */
export function storageFull(cause?: unknown): KeepsakeError {
  return new KeepsakeError('STORAGE_FULL', 'The storage has no room left; free some space and try again.', { cause })
}

/** Whether `error` is the file system's, with one of `codes`. */
export function hasCode(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  return errnoOf(error) !== undefined && codes.includes((error as NodeJS.ErrnoException).code ?? '')
}

/** The number and not the name, because some have a name for the kernel only (EDQUOT, ESTALE). */
function errnoOf(error: unknown): number | undefined {
  if (!types.isNativeError(error) || !('errno' in error) || typeof error.errno !== 'number') return undefined
  return Math.abs(error.errno)
}
