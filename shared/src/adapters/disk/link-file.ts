import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { access, copyFile, link, open, rename, stat, unlink } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { hasCode } from './storage-error.ts'

/** Gives a finished file its final name; tells whether that was free. Nothing is overwritten. */
export async function linkFile(staged: string, target: string): Promise<boolean> {
  try {
    await link(staged, target)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    if (!isRefused(error)) throw error
    if (await isThere(target)) return false
    // Two at once could both find the name free. But writers never share a key, and copies of one key are equal.
    await rename(staged, target)
    return true
  }
}

/**
 * Gives the bytes of `source` the name `target` too; `staged` is a name that may be used on the way.
 * May be repeated: a target that has these bytes already is a success, any other fails.
 */
export async function linkCopy(source: string, target: string, staged: string): Promise<void> {
  try {
    await link(source, target)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return expectSame(source, target)
    if (!isRefused(error)) throw error
    try {
      await copyFile(source, staged, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
      await flushFile(staged)
      if (!(await linkFile(staged, target))) await expectSame(source, target)
    } finally {
      await removeFile(staged)
    }
  }
}

/** Removes a file if it is there; tells whether it was. */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await unlink(path)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

/** Whether there is a file of that name. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

/** By file systems without links, at their limit of links (65,000 on ext4), or unwilling between owners or folders. */
function isRefused(error: unknown): boolean {
  return hasCode(error, 'EMLINK', 'EPERM', 'EXDEV', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')
}

async function expectSame(source: string, target: string): Promise<void> {
  const [from, to] = await Promise.all([stat(source, { bigint: true }), stat(target, { bigint: true })])
  if (from.dev === to.dev && from.ino === to.ino) return
  if (from.size === to.size && (await hashOf(source)) === (await hashOf(target))) return
  throw new Error(`${target} has other bytes than ${source}; objects are never overwritten.`)
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

async function flushFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
