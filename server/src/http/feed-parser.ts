import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { Busboy } from 'busboy'
import { tidyPartHeader } from './tidy-part-header.ts'

/** `boundary` among the parameters of a form's type (RFC 7578, section 4.1), all of which are tokens or plain quoted texts. */
const BOUNDARY =
  /^multipart\/form-data(?:\s*;\s*(?!boundary=)[^\s;="]+=(?:"[^"\\]*"|[^\s;="]+))*\s*;\s*boundary=(?:"([^"\\]+)"|([^\s;="]+))\s*(?:;|$)/i

const LINE_END = Buffer.from('\r\n')
const BLANK_LINE = Buffer.from('\r\n\r\n')
const NOTHING = Buffer.alloc(0)

/** A longer header is none to the parser either. */
const MAX_HEADER_BYTES = 16 * 1024

/**
 * Feeds the body of a request to a multipart parser, as fast as the parser and its file are read. The header of every part is tidied,
 * and most of a file goes to the file's stream directly: the parser looks at every byte in JavaScript, which for 1 MiB costs as much as
 * storing a record. Every delimiter, and all that is no file, goes to the parser. Answers with what stops it.
 */
export function feedParser(request: IncomingMessage, parser: Busboy): () => void {
  const boundary = BOUNDARY.exec(request.headers['content-type'] ?? '')
  if (!boundary) return pipe(request, parser)

  const delimiter = Buffer.from(`\r\n--${boundary[1] ?? boundary[2]}`, 'latin1')
  /** What has arrived and is not passed on yet: an unfinished header, or what a delimiter may begin with. */
  let held: Buffer = LINE_END
  let inHeader = false
  /** The file that the parser told of since the last delimiter. */
  let announced: Readable | undefined
  /** The file whose bytes arrive, unless the parser still has some of them: then it gets the others too. */
  let file: Readable | undefined

  const proceed = () => void request.resume()

  parser.on('file', (_field, stream) => {
    announced = stream
    // It asks for more in the same way when the parser fills it.
    const read = stream._read
    stream._read = (size) => {
      read.call(stream, size)
      proceed()
    }
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

  function feed(chunk: Buffer): void {
    let rest = held.length > 0 ? Buffer.concat([held, chunk]) : chunk
    held = NOTHING
    for (;;) {
      if (inHeader) {
        const size = lengthOfHeader(rest)
        if (size === undefined) {
          held = rest
          return
        }
        inHeader = false
        pass(tidyPartHeader(rest.subarray(0, size)))
        rest = rest.subarray(size)
      }
      const next = rest.indexOf(delimiter)
      const end = next < 0 ? rest.length - beginningAtEnd(rest, delimiter) : next
      const piece = rest.subarray(0, end)
      pass(piece)
      if (next < 0) {
        held = rest.subarray(end)
        if (isPassedOn(piece)) file ??= announced
        return
      }
      file = undefined
      pass(delimiter)
      announced = undefined
      inHeader = true
      rest = rest.subarray(next + delimiter.length)
    }
  }

  function finish(): void {
    pass(held)
    parser.end()
  }

  parser.on('drain', proceed)
  request.on('data', feed).on('end', finish)
  return () => {
    request.off('data', feed).off('end', finish).pause()
    parser.off('drain', proceed)
  }
}

/** Without the empty line, with which a delimiter may begin; undefined while it is not whole. One that is too long is none. */
function lengthOfHeader(bytes: Buffer): number | undefined {
  const end = bytes.indexOf(BLANK_LINE)
  if (end >= 0) return end + LINE_END.length
  return bytes.length > MAX_HEADER_BYTES ? 0 : undefined
}

/** Of a body whose boundary only the parser can tell. */
function pipe(request: IncomingMessage, parser: Busboy): () => void {
  request.pipe(parser)
  return () => void request.unpipe(parser)
}

/** How many bytes at the end of `bytes` are the beginning of `delimiter`, whose first byte it has only once. */
function beginningAtEnd(bytes: Buffer, delimiter: Buffer): number {
  const start = bytes.lastIndexOf(LINE_END.subarray(0, 1))
  const length = bytes.length - start
  if (start < 0 || length >= delimiter.length) return 0
  return delimiter.compare(bytes, start, bytes.length, 0, length) === 0 ? length : 0
}
