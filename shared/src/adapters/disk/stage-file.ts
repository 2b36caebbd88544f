import { close, closeSync, fsync, writev } from 'node:fs'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import type { PutOptions } from '../../ports/storage.ts'
import { onDisk, storageError } from './storage-error.ts'

/** Bytes that are written at once. Measured: larger batches cost more memory and, on ext4, more time. */
const BATCH_BYTES = 256 * 1024

/** Chunks that are written at once at most, so that tiny ones do not pile up; also what one system call takes. */
const BATCH_CHUNKS = 1024

// Not `FileHandle`, which makes the few calls for a small file half as expensive again.
const flush = promisify(fsync)
const closeFile = promisify(close)

/** Writes the body to the file whose descriptor is being opened, flushes and closes it. On failure the body is destroyed, the file closed. */
export async function stageFile(opening: Promise<number>, body: Readable, options: PutOptions): Promise<void> {
  let isFlushed = false
  try {
    const descriptor = await drain(opening, body, options)
    await onDisk(flush(descriptor))
    isFlushed = true
    await onDisk(closeFlushed(descriptor))
    options.signal?.throwIfAborted()
  } finally {
    if (!isFlushed) await onDisk(closeOpened(opening))
  }
}

/** Nothing is left to be written, so that no disk is waited for: it costs less here than the way to another thread. */
async function closeFlushed(descriptor: number): Promise<void> {
  closeSync(descriptor)
}

async function closeOpened(opening: Promise<number>): Promise<void> {
  const [opened] = await Promise.allSettled([opening])
  if (opened.status === 'fulfilled') await closeFile(opened.value)
}

/** Reads ahead by one batch at most. Settles only when no write is pending: a descriptor is never closed under one. */
function drain(opening: Promise<number>, body: Readable, options: PutOptions): Promise<number> {
  const { inspect, signal, size } = options
  return new Promise((resolve, reject) => {
    let descriptor: number | undefined
    let batch: Buffer[] = []
    let batchBytes = 0
    let received = 0
    let busy = true
    let ended = false
    let failure: { readonly error: unknown } | undefined

    const fail = (error: unknown) => {
      failure ??= { error }
      body.destroy()
      proceed()
    }
    const abort = () => fail(signal?.reason)

    const isFull = () => batchBytes >= BATCH_BYTES || batch.length >= BATCH_CHUNKS

    const proceed = () => {
      if (busy) return
      if (failure || descriptor === undefined) {
        signal?.removeEventListener('abort', abort)
        reject(failure?.error)
        return
      }
      if (isFull() || (ended && batchBytes > 0)) {
        const chunks = batch
        batch = []
        batchBytes = 0
        busy = true
        writeAll(descriptor, chunks, (error) => {
          busy = false
          if (error) fail(error)
          else proceed()
        })
        body.resume()
        return
      }
      if (!ended) return
      signal?.removeEventListener('abort', abort)
      resolve(descriptor)
    }

    const take = (chunk: Buffer) => {
      if (failure || chunk.length === 0) return
      received += chunk.length
      try {
        if (!Buffer.isBuffer(chunk)) throw new TypeError('The body must consist of buffers.')
        if (size !== undefined && received > size) throw wrongSize(size)
        inspect?.(chunk)
      } catch (error) {
        return fail(error)
      }
      batch.push(chunk)
      batchBytes += chunk.length
      if (!isFull()) return
      if (busy) body.pause()
      proceed()
    }

    body.on('error', fail)
    body.on('close', () => {
      if (!ended) fail(body.errored ?? new Error('The body broke off before its end.'))
    })
    body.on('end', () => {
      ended = true
      if (size !== undefined && received !== size) return fail(wrongSize(size))
      proceed()
    })
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    if (body.destroyed || body.readableEnded) fail(body.errored ?? new Error('The body was over before it was read.'))

    opening.then(
      (opened) => {
        descriptor = opened
        busy = false
        // Only now does the body flow: what cannot be stored is not read.
        if (!failure) body.on('data', take)
        proceed()
      },
      (error) => {
        busy = false
        fail(storageError(error))
      },
    )
  })
}

function wrongSize(announced: number): Error {
  return new Error(`The body is not of the ${announced} bytes that were announced.`)
}

/** Tells `done` when everything is written, or why not. The system may take less than it is given, most of all near a full disk. */
function writeAll(descriptor: number, chunks: Buffer[], done: (error?: unknown) => void): void {
  writev(descriptor, chunks, (error, written) => {
    if (error) return done(storageError(error))
    const rest = dropBytes(chunks, written)
    if (rest.length === 0) return done()
    if (written === 0) return done(new Error('The file system took none of the bytes it was given.'))
    writeAll(descriptor, rest, done)
  })
}

/** What is left of `chunks` behind the first `count` bytes. */
function dropBytes(chunks: Buffer[], count: number): Buffer[] {
  const rest: Buffer[] = []
  let skipped = 0
  for (const chunk of chunks) {
    const skip = Math.min(chunk.length, count - skipped)
    skipped += skip
    if (skip < chunk.length) rest.push(chunk.subarray(skip))
  }
  return rest
}
