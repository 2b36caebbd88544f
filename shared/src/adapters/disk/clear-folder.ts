import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { removeFile } from './link-file.ts'
import { hasCode } from './storage-error.ts'

/** Removes the files in `folder` that nobody has written to since `before`; tells how many. */
export async function clearFolder(folder: string, before: Date): Promise<number> {
  let removed = 0
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if ((await isOlder(path, before)) && (await removeFile(path))) removed++
  }
  return removed
}

async function isOlder(path: string, before: Date): Promise<boolean> {
  try {
    return (await stat(path)).mtime < before
  } catch (error) {
    // Its put has ended meanwhile, or another process was faster.
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}
