const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const FIRST_PRINTABLE = 0x20
const DELETE = 0x7f

/** Stands for an empty file name, which the parser takes for none at all. No file is called so. */
export const NAMELESS = '/'

/** Blanks may follow a boundary (RFC 2046, section 5.1.1). Without them, and semicolons that nothing follows, the parser reads a line. */
const LINE_PADDING = /(?<![; \t])[; \t]+(?=\r\n(?![ \t]))/g
const EMPTY_NAME = /(;\s*filename=")(")/i
const ANY_NAME = /;\s*filename\*?\s*=/i
/** A quote at the end of a header that only seems to be escaped: browsers write backslashes as they are, and the name ends with one. */
const HANGING_QUOTE = /(?<!\\)((?:\\\\)*)\\"(?=\r\n(?![ \t]))/g
const BINARY = /\r\ncontent-type:\s*application\/octet-stream[^\r\n]*/i

/**
 * The header of a part as the parser takes it. Control characters, which it refuses, become tabs (in place): browsers send those of a
 * file's name as they are, and no name keeps any. An empty file name becomes `NAMELESS`, a backslash at the end of a header's last value is
 * escaped, and padding at the end of a line goes. A part without a file name loses the type for which the parser would call it a file
 * (RFC 7578, section 4.2).
 */
export function tidyPartHeader(header: Buffer): Buffer {
  header.forEach((byte, index) => {
    if (byte >= FIRST_PRINTABLE && byte !== DELETE) return
    const isLineEnd =
      byte === CARRIAGE_RETURN
        ? header[index + 1] === LINE_FEED
        : byte === LINE_FEED && header[index - 1] === CARRIAGE_RETURN
    if (!isLineEnd) header[index] = TAB
  })
  const said = header.toString('latin1')
  const text = said.replace(LINE_PADDING, '').replace(HANGING_QUOTE, '$1\\\\"')
  const tidy = ANY_NAME.test(text) ? text.replace(EMPTY_NAME, `$1${NAMELESS}$2`) : text.replace(BINARY, '')
  return tidy === said ? header : Buffer.from(tidy, 'latin1')
}
