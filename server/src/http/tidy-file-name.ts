import type { IncomingMessage } from 'node:http'

const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const FIRST_PRINTABLE = 0x20
const DELETE = 0x7f

/**
 * Turns the control characters in the header of the first file into tabs before the parser, which refuses the others, sees them:
 * browsers send those of a name as they are, and no name keeps any. Looks at the first piece of the body only, and never changes
 * a byte of a field or a file. Call it before the body is piped.
 */
export function tidyFileName(req: IncomingMessage): void {
  req.once('data', (chunk: Buffer) => {
    const header = firstFileHeader(chunk)
    header?.forEach((byte, index) => {
      const isLineEnd = byte === CARRIAGE_RETURN ? header[index + 1] === LINE_FEED : byte === LINE_FEED
      if ((byte < FIRST_PRINTABLE && !isLineEnd) || byte === DELETE) header[index] = TAB
    })
  })
}

/** The part of `body` that is the header of its first file; a part is a file when it has a file name. */
function firstFileHeader(body: Buffer): Buffer | undefined {
  const boundary = body.subarray(0, Math.max(body.indexOf('\r\n'), 0))
  let start = boundary.length > 0 ? 0 : -1
  while (start >= 0) {
    const end = body.indexOf('\r\n\r\n', start)
    if (end < 0) return undefined
    const header = body.subarray(start, end)
    if (/filename\*?=/i.test(header.toString('latin1'))) return header
    start = body.indexOf(boundary, end)
  }
  return undefined
}
