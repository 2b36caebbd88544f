import type { Readable } from 'node:stream'
import type { PutOptions } from '../../ports/storage.ts'

/**
 * The chunks of a body, counted and shown to `inspect` before they are handed on, as fast as they are taken.
 * Fails for a body that breaks off or has another length than `size`, and with the signal's reason. Whoever stops early
 * destroys the body.
 */
export async function* readBody(
  body: Readable,
  { size, signal, inspect }: PutOptions,
): AsyncGenerator<Buffer, void, void> {
  const stop = () => body.destroy()
  // It may fail while nobody reads it yet, or any more.
  body.on('error', () => undefined)
  signal?.addEventListener('abort', stop, { once: true })
  let received = 0
  try {
    signal?.throwIfAborted()
    if (body.destroyed || body.readableEnded) throw body.errored ?? new Error('The body was over before it was read.')
    for await (const chunk of body) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError('The body must consist of buffers.')
      if (chunk.length === 0) continue
      received += chunk.length
      if (size !== undefined && received > size) throw wrongSize(size)
      inspect?.(chunk)
      yield chunk
    }
    if (size !== undefined && received !== size) throw wrongSize(size)
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', stop)
    if (!body.readableEnded) body.destroy()
  }
}

function wrongSize(announced: number): Error {
  return new Error(`The body is not of the ${announced} bytes that were announced.`)
}
