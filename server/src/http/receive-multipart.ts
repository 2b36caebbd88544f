import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { Busboy } from 'busboy'
import type { Request, Response } from 'express'
import multer, { type StorageEngine } from 'multer'
import { admitBody } from './admit-body.ts'
import { bufferCollector } from './buffer-collector.ts'
import { feedParser } from './feed-parser.ts'
import { formBoundary } from './form-boundary.ts'
import { handOverParts, type TextFields } from './hand-over-parts.ts'
import type { BodyWatch } from './watch-body.ts'

/** How a multipart body is received. */
export interface MultipartReception<T> {
  /** Ends the reception with its reason, and is told of the reception's own. */
  readonly watch: Pick<BodyWatch, 'signal' | 'abort'>
  /** The whole body may be this long, text fields and boundaries included. */
  readonly maxBodyBytes: number
  /** The refusal of a longer one. */
  readonly tooLong: () => KeepsakeError
  /** Consumes the file while it arrives; `name` and `field` are as the client sent them. Must settle when the watch's signal aborts. */
  readonly take: (name: string, file: Readable, field: string) => Promise<T>
  /** Receives the text fields, before and after the file; without it they are passed over. */
  readonly text?: TextFields
}

const BUFFER_BYTES = 256 * 1024

/**
 * Parses a multipart body and hands its only file part to `take`. Fulfils once the whole body has ended well, with undefined when there
 * was no file. Rejects as soon as something is wrong, even while the client is still sending, but never before `take` has settled.
 * Throws TOO_MANY_FILES, MULTIPART_BROKEN, or what `take` or the signal says: whatever it is, the signal has it.
 */
export async function receiveMultipart<T>(
  req: Request,
  res: Response,
  { watch, maxBodyBytes, tooLong, take, text }: MultipartReception<T>,
): Promise<T | undefined> {
  const { signal, abort } = watch
  const boundary = formBoundary(req) ?? ''
  if (!boundary)
    abort(new KeepsakeError('MULTIPART_BROKEN', 'The Content-Type of the form names no boundary that can be read.'))
  signal.throwIfAborted()
  // There are ways to say it that multer and the parser do not read.
  req.headers['content-type'] = `multipart/form-data; boundary="${boundary}"`
  let taken: Promise<T> | undefined
  let part: Readable | undefined
  let rawName = ''
  let rawField = ''

  /** Ends the reception for what the parser cannot read. It stumbles too when `take` has stopped reading: then only `take` knows why. */
  const giveUp = (cause: unknown) => {
    const end = () => abort(broken(cause))
    if (taken && part && wasLeft(part)) taken.then(end, () => undefined)
    else end()
  }

  const storage: StorageEngine = {
    _handleFile(_req, file, done) {
      if (taken) abort(new KeepsakeError('TOO_MANY_FILES', 'Send one file in each request.'))
      // The parser goes on to the end of a piece, whatever happened meanwhile.
      if (signal.aborted) return done(signal.reason)
      part = file.stream
      taken = take(rawName, file.stream, rawField)
      taken.then(
        () => done(),
        (error: unknown) => {
          abort(error)
          done(error)
        },
      )
    },
    // Whoever called takes back what `take` has done.
    _removeFile: (_req, _file, done) => done(null),
  }

  const options = {
    storage,
    highWaterMark: BUFFER_BYTES,
    fileHwm: BUFFER_BYTES,
    defParamCharset: 'utf8',
    // Else names like `..` are no file at all.
    preservePath: true,
    limits: { fieldSize: text?.maxBytes ?? 0 },
    streamHandler(request: IncomingMessage, parser: Busboy) {
      const file = (name: string, field: string) => {
        rawName = name
        rawField = field
      }
      handOverParts(parser, { file, text, fail: abort })
      // multer tells of what is broken only when the body has ended.
      parser.on('error', giveUp)
      const count = countBytes(maxBodyBytes, () => abort(tooLong()))
      request.on('data', count)
      const stop = feedParser(request, parser, boundary)
      signal.addEventListener('abort', () => {
        request.off('data', count)
        stop()
        parser.destroy(signal.reason)
      })
    },
  }

  admitBody(req, res)
  try {
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
      multer(options).any()(req, res, (error: unknown) => {
        if (error) giveUp(error)
        else resolve()
      })
    })
    return await taken
  } catch (error) {
    await Promise.allSettled([taken])
    throw error
  }
}

/** Whether its reader has destroyed it before its end, with a refusal or without a reason; the parser destroys it with an error of its own. */
function wasLeft(part: Readable): boolean {
  if (!part.destroyed || part.readableEnded) return false
  return !part.errored || part.errored.name === 'AbortError' || part.errored instanceof KeepsakeError
}

function countBytes(max: number, exceeded: () => void): (chunk: Buffer) => void {
  const collect = bufferCollector()
  let bytes = 0
  return (chunk) => {
    collect(chunk.length)
    bytes += chunk.length
    if (bytes > max) exceeded()
  }
}

function broken(cause: unknown): KeepsakeError {
  const message =
    'The multipart body is broken: a boundary, the header of a part, or the end is missing or cannot be read.'
  return new KeepsakeError('MULTIPART_BROKEN', message, { cause })
}
