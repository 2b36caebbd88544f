import { close, createReadStream, fstat, open, read } from 'node:fs'
import { promisify } from 'node:util'
import type { ByteRange, OpenObject } from '../../ports/storage.ts'

/** Up to so many bytes come whole: one read and no stream, which is most of the cost of a small answer. */
const WHOLE_BYTES = 256 * 1024

/** What a stream reads at once. Measured: larger reads save a little CPU, but hold memory that grows with the speed of the reader. */
const READ_BYTES = 128 * 1024

// Not `fs.promises`: its handles make opening a small object half as expensive again.
const openFile = promisify(open)
const statFile = promisify(fstat)
const readFile = promisify(read)
const closeFile = promisify(close)

/** Opens a file for reading. A small part comes as one buffer; a stream closes the file when it ends, fails or is destroyed. */
export async function openObject(path: string, range?: ByteRange): Promise<OpenObject> {
  const descriptor = await openFile(path, 'r')
  let isStreaming = false
  try {
    const { size } = await statFile(descriptor)
    const { start, end } = range ?? { start: 0, end: size - 1 }
    if (range && !(start >= 0 && start <= end && end < size)) {
      throw new RangeError(`The range ${start}-${end} does not lie within ${size} bytes.`)
    }
    const length = end - start + 1
    if (length <= WHOLE_BYTES) return { size, body: await readPart(descriptor, start, length) }
    const body = createReadStream(path, { fd: descriptor, start, end, highWaterMark: READ_BYTES })
    isStreaming = true
    return { size, body }
  } finally {
    if (!isStreaming) await closeFile(descriptor)
  }
}

async function readPart(descriptor: number, start: number, length: number): Promise<Buffer> {
  const part = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await readFile(descriptor, part, filled, length - filled, start + filled)
    if (bytesRead === 0) throw new Error('The file became shorter while it was read.')
    filled += bytesRead
  }
  return part
}
