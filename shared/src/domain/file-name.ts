const MAX_NAME_BYTES = 255

/** What is longer behind the last dot is no extension but the end of a sentence. */
const MAX_EXTENSION_BYTES = 64

// Bidirectional controls and line separators change how the text around them reads (`gpj.exe` as `exe.jpg`).
// The zero-width joiners stay: Persian words and family emoji are made of them.
const CONTROL_CHARACTERS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu

const LONE_SURROGATES = /\p{Cs}/gu

/** An asset's name: the base name as it was uploaded, in Unicode NFC, 1 to 255 bytes of valid UTF-8, never a path, `.` or `..`. */
export function fileName(raw: string): string {
  // Controls go first: without one between them, two characters may compose.
  const clean = raw.replace(CONTROL_CHARACTERS, '').replace(LONE_SURROGATES, '\ufffd').normalize('NFC')
  const base = clean.slice(Math.max(clean.lastIndexOf('/'), clean.lastIndexOf('\\')) + 1)
  if (base === '' || base === '.' || base === '..') return 'file'
  return shorten(base)
}

/** A name in two: `extension` has its dot, and is empty where there is none (`README`, `.profile`, `end.`). */
export function splitName(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf('.')
  const extension = name.slice(dot)
  const none = dot < 1 || extension === '.' || Buffer.byteLength(extension) > MAX_EXTENSION_BYTES
  return none ? { stem: name, extension: '' } : { stem: name.slice(0, dot), extension }
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name
  const { stem, extension } = splitName(name)
  return cutToBytes(stem, MAX_NAME_BYTES - Buffer.byteLength(extension)) + extension
}

/** The longest beginning of `text` that has at most `limit` bytes and splits no character. */
function cutToBytes(text: string, limit: number): string {
  const room = new Uint8Array(limit)
  const { read } = new TextEncoder().encodeInto(text, room)
  return text.slice(0, read)
}
