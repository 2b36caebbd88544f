import { constants } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { KeepsakeError } from '../../domain/errors.ts'
import { flushFolder } from './folder-sync.ts'
import { SHARDS } from './object-path.ts'
import { hasCode } from './storage-error.ts'

/** Where puts write before their object gets its name: on the same file system, so that a link suffices. */
export function stagingFolder(root: string): string {
  return join(root, 'staging')
}

/** Makes all folders that objects need, for this user only. Throws CONFIG_INVALID where that is impossible. */
export async function prepareFolders(root: string): Promise<void> {
  try {
    const first = await mkdir(root, { recursive: true, mode: 0o700 })
    for (const folder of [stagingFolder(root), ...SHARDS.map((shard) => join(root, shard))]) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    }
    await expectUsable(root)
    for (const folder of flushed(root, first)) await flushFolder(folder)
  } catch (error) {
    const message = `DATA_DIR: the folder ${root} cannot be used because ${reasonOf(error)}.`
    throw new KeepsakeError('CONFIG_INVALID', message, { cause: error })
  }
}

/** Fails when objects can be neither staged nor named: looks, writes nothing. */
export async function expectUsable(root: string): Promise<void> {
  await access(stagingFolder(root), constants.R_OK | constants.W_OK | constants.X_OK)
  await access(join(root, SHARDS[0] ?? ''), constants.R_OK | constants.W_OK | constants.X_OK)
}

/** `root`, and every folder that got a new name in it, up to the one that holds the first folder made. */
function flushed(root: string, first: string | undefined): string[] {
  const folders = [root]
  let folder = root
  while (first !== undefined && folder.length >= first.length) {
    folder = dirname(folder)
    folders.push(folder)
  }
  return folders
}

function reasonOf(error: unknown): string {
  if (hasCode(error, 'EACCES', 'EPERM')) return 'this user may not write there'
  if (hasCode(error, 'EROFS')) return 'its file system is read-only'
  if (hasCode(error, 'ENOTDIR', 'EEXIST')) return 'a file has its name, or that of a folder above it'
  if (hasCode(error, 'ENOSPC')) return 'its file system is full'
  if (hasCode(error, 'EINVAL')) return 'its file system cannot make names durable'
  return String(error)
}
