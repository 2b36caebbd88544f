import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ListedObject, ObjectPage } from '../../ports/storage-upkeep.ts'
import { readName, SHARDS, shardOf } from './object-path.ts'
import { hasCode } from './storage-error.ts'

const PAGE_SIZE = 1000

/** One page of the objects under `root` whose key starts with `prefix`; the cursor is the last file name of the page before. */
export async function listObjects(root: string, prefix: string, cursor = ''): Promise<ObjectPage> {
  const objects: ListedObject[] = []
  const first = cursor === '' ? '' : shardOf(cursor)
  for (const shard of SHARDS.filter((name) => name >= first)) {
    const folder = join(root, shard)
    const names = (await readdir(folder)).filter((name) => name > cursor).sort()
    for (const name of names) {
      const key = await keyOf(folder, name)
      if (!key?.startsWith(prefix)) continue
      const object = await describe(join(folder, name), key)
      if (object) objects.push(object)
      if (objects.length === PAGE_SIZE) return { objects, cursor: name }
    }
  }
  return { objects }
}

/** Nothing for other files, and for an object whose put or copy has not come to the file of its key yet. */
async function keyOf(folder: string, name: string): Promise<string | undefined> {
  const told = readName(name)
  if (!told || 'key' in told) return told?.key
  return readFile(join(folder, told.keyFile), 'utf8').catch(nothingIfMissing)
}

async function describe(file: string, key: string): Promise<ListedObject | undefined> {
  const stats = await stat(file).catch(nothingIfMissing)
  // The change time, because a copy shares the other times with its source: an object never looks older than it is.
  return stats && { key, size: stats.size, storedAt: stats.ctime }
}

/** What was deleted since the folder was read is not listed. */
function nothingIfMissing(error: unknown): undefined {
  if (!hasCode(error, 'ENOENT')) throw error
}
