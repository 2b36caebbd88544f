import type { Readable } from 'node:stream'
import type { Busboy, BusboyEvents } from 'busboy'
import { NAMELESS } from './tidy-part-header.ts'

/** How text fields are received. */
export interface TextFields {
  /** More of a value is not kept. */
  readonly maxBytes: number
  /** Sees each field when it is complete. What it throws ends the reception. */
  readonly take: (field: string, value: string, isCutOff: boolean) => void
}

/** Who is told of parts. */
export interface PartListeners {
  /** Sees the name of each file and of its field, as the client sent them, before multer sees the file. */
  readonly file: (name: string, field: string) => void
  /** Receives the text fields; without it they are passed over. */
  readonly text: TextFields | undefined
  /** Is given what `text` throws. */
  readonly fail: (error: unknown) => void
}

/**
 * Stands between a parser and multer, which refuses a file whose field has no name, decodes a few escapes in names, and gathers text
 * fields in memory: none of that is wanted. A part is a file when it has a file name, whatever its type (RFC 7578, section 4.2).
 */
export function handOverParts(parser: Busboy, { file, text, fail }: PartListeners): void {
  const [handToMulter] = parser.listeners('file') as BusboyEvents['file'][]
  parser.removeAllListeners('file').removeAllListeners('field')
  parser.on('file', (field = '', stream, info) => {
    // It fails when the parser is destroyed: whoever does that knows why.
    stream.on('error', () => undefined)
    const name = info.filename
    if (name === undefined) return void stream.resume()
    const handOver = () => {
      file(name === NAMELESS ? '' : name, field)
      handToMulter?.(field || 'file', stream, info)
    }
    if (name === NAMELESS) whenFilled(stream, handOver)
    else handOver()
  })
  if (!text) return
  parser.on('field', (field = '', value, { valueTruncated }) => {
    try {
      text.take(field, value, valueTruncated)
    } catch (error) {
      fail(error)
    }
  })
}

/** Browsers send an input in which no file was chosen as a file without a name and without bytes: that is none. */
function whenFilled(stream: Readable, handOver: () => void): void {
  stream.once('readable', () => {
    if (stream.readableLength > 0) handOver()
    else stream.resume()
  })
}
