import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { Busboy } from 'busboy'
import { tidyPartHeader } from './tidy-part-header.ts'

const LINE_END = Buffer.from('\r\n')
const BLANK_LINE = Buffer.from('\r\n\r\n')
const CLOSING = Buffer.from('--')
const NOTHING = Buffer.alloc(0)

/** A longer header is none to the parser either. */
const MAX_HEADER_BYTES = 16 * 1024

/** Chunks of a body may be a byte long each, and come by thousands: tiny ones are taken together, but copying larger ones costs more. */
const TINY_BYTES = 4 * 1024
const MOST_TINY = 1024

/**
 * Feeds the body of a request to a multipart parser, as fast as the parser and its file are read. The header of every part is tidied,
 * and most of a file goes to the file's stream directly: the parser looks at every byte in JavaScript. Every delimiter, and all that is
 * no file, goes to the parser. What it would wait on for ever destroys it, and so does, in the end, a part that it passed over because it
 * could not read the header. Answers with what stops it.
 */
export function feedParser(request: IncomingMessage, parser: Busboy, boundary: string): () => void {
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  /** What has arrived and is not looked at yet. */
  let arrived: Buffer[] = []
  /** What has been looked at and is not passed on yet: an unfinished header, or what a delimiter may begin with. */
  let held: Buffer = LINE_END
  let state: 'header' | 'empty line' | 'body' | 'over' = 'body'
  /** The file that the parser told of since the last delimiter. */
  let announced: Readable | undefined
  /** The file whose bytes arrive, unless the parser still has some of them: then it gets the others too. */
  let file: Readable | undefined

  /** How many headers were passed on, and how many parts the parser has told of. */
  let headers = 0
  let parts = 0

  const proceed = () => void request.resume()

  parser.on('file', (_field, stream) => {
    parts += 1
    announced = stream
    // The parser lets it ask for more only when it has filled it itself.
    const read = stream._read
    // Not made in the assignment: such a function V8 puts among its old objects, and keeps all that a finished upload leads to with it.
    const readOn = (size: number) => {
      read.call(stream, size)
      proceed()
    }
    stream._read = readOn
  })

  function pass(piece: Buffer): void {
    if (piece.length === 0 || parser.destroyed) return
    const isTaken = file ? file.push(piece) : parser.write(piece)
    if (!isTaken) request.pause()
  }

  /** Whether the parser keeps nothing of what it was given: neither in its queue nor as the beginning of a delimiter. */
  function isPassedOn(piece: Buffer): boolean {
    return parser.writableLength === 0 && piece.length >= delimiter.length && beginningAtEnd(piece, delimiter) === 0
  }

  /** Answers with what follows the header; undefined while the header is not whole. */
  function takeHeader(bytes: Buffer): Buffer | undefined {
    if (bytes.length < CLOSING.length) return undefined
    if (bytes.subarray(0, CLOSING.length).equals(CLOSING)) {
      pass(CLOSING)
      state = 'over'
      return NOTHING
    }
    const end = bytes.indexOf(BLANK_LINE)
    const isBroken = bytes.subarray(0, end < 0 ? undefined : end + delimiter.length).includes(delimiter)
    if (isBroken || (end < 0 && bytes.length > MAX_HEADER_BYTES)) {
      parser.destroy(new Error('A part has no header, or one without an end.'))
      state = 'over'
      return NOTHING
    }
    if (end < 0) return undefined
    // Without the empty line, with which a delimiter may begin.
    const size = end + LINE_END.length
    headers += 1
    pass(tidyPartHeader(bytes.subarray(0, size)))
    state = 'empty line'
    return bytes.subarray(size)
  }

  function look(bytes: Buffer): void {
    let rest = bytes
    while (state !== 'over') {
      if (state === 'header') {
        const behind = takeHeader(rest)
        if (!behind) {
          held = rest
          return
        }
        rest = behind
        continue
      }
      const next = rest.indexOf(delimiter)
      const end = next < 0 ? rest.length - beginningAtEnd(rest, delimiter) : next
      const piece = rest.subarray(0, end)
      pass(piece)
      // The empty line of a part without a body may be the beginning of its delimiter (RFC 2046, section 5.1.1); the parser needs both.
      if (next === 0 && state === 'empty line') pass(LINE_END)
      if (end > 0) state = 'body'
      if (next < 0) {
        held = rest.subarray(end)
        if (isPassedOn(piece)) file ??= announced
        return
      }
      file = undefined
      pass(delimiter)
      announced = undefined
      state = 'header'
      rest = rest.subarray(next + delimiter.length)
    }
  }

  function lookAtArrived(): void {
    if (arrived.length === 0) return
    const bytes = held.length > 0 || arrived.length > 1 ? Buffer.concat([held, ...arrived]) : arrived[0]
    arrived = []
    held = NOTHING
    look(bytes ?? NOTHING)
  }

  function feed(chunk: Buffer): void {
    const count = arrived.push(chunk)
    if (chunk.length >= TINY_BYTES || count >= MOST_TINY) lookAtArrived()
    else if (count === 1) setImmediate(lookAtArrived)
  }

  function finish(): void {
    lookAtArrived()
    if (state === 'over') parser.end()
    else parser.destroy(new Error('The form has no end.'))
  }

  parser.on('field', () => {
    parts += 1
  })
  parser.on('finish', () => {
    if (parts < headers) parser.destroy(new Error('A part has a header that cannot be read.'))
  })
  parser.on('drain', proceed)
  request.on('data', feed).on('end', finish)
  return () => {
    arrived = []
    request.off('data', feed).off('end', finish).pause()
    parser.off('drain', proceed)
  }
}

/** How many bytes at the end of `bytes` are the beginning of `delimiter`, whose first byte it has only once. */
function beginningAtEnd(bytes: Buffer, delimiter: Buffer): number {
  const start = bytes.lastIndexOf(LINE_END.subarray(0, 1))
  const length = bytes.length - start
  if (start < 0 || length >= delimiter.length) return 0
  return delimiter.compare(bytes, start, bytes.length, 0, length) === 0 ? length : 0
}
