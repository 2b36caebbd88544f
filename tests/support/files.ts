import { Readable } from 'node:stream'
import type { IncomingFile } from '@keepsake/shared/operations/uploads/upload-asset'
import type { OpenObject } from '@keepsake/shared/ports/storage'

/** A file to upload. */
export function file(content: string | Buffer, name = 'a.txt'): IncomingFile {
  return { name, body: Readable.from([Buffer.from(content)]) }
}

/** Everything that was opened. */
export async function contentOf({ body }: OpenObject): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body)
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}
