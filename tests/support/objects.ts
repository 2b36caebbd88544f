import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { OpenObject } from '@keepsake/shared/ports/storage'
import type { ListedObject, StorageUpkeep } from '@keepsake/shared/ports/storage-upkeep'

const CHUNK = 64 * 1024

/** A body as a request brings it: chunks of 64 KiB. */
export function bodyOf(bytes: Uint8Array): Readable {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; at += CHUNK) chunks.push(Buffer.from(bytes.subarray(at, at + CHUNK)))
  return Readable.from(chunks)
}

/** Everything that is left to read of an object. */
export async function bytesOf({ body }: OpenObject): Promise<Buffer> {
  return body instanceof Readable ? buffer(body) : Buffer.from(body)
}

/** All pages of a listing. */
export async function listAll(storage: StorageUpkeep, prefix = ''): Promise<ListedObject[]> {
  const objects: ListedObject[] = []
  let cursor: string | undefined
  do {
    const page = await storage.list(prefix, cursor)
    objects.push(...page.objects)
    cursor = page.cursor
  } while (cursor !== undefined)
  return objects
}
