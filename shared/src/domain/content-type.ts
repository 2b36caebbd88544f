import { FileTypeParser } from 'file-type'
import mime from 'mime'
import { splitName } from './file-name.ts'
import { decodeText, isText, mayBeMarkup, sniffMarkup } from './sniff-text.ts'

/** How many bytes from a file's start are looked at. */
export const SNIFF_BYTES = 4100

/** A MIME type in lower case without parameters, and whether the bytes told it or only the name did. */
export interface DetectedType {
  readonly type: string
  readonly byContent: boolean
}

/** A file's first bytes, one character each, and the type that they mean. */
type Signatures = readonly (readonly [signature: string, type: string])[]

/** Images that a browser tells by these bytes alone, so that nothing behind them may change what we say. */
const IMAGES: Signatures = [
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff', 'image/jpeg'],
  ['GIF87a', 'image/gif'],
  ['GIF89a', 'image/gif'],
]

/** What the library tells only when it sees more: a TIFF's directory, which may stand at the end (42 is TIFF, 43 BigTIFF), or a sound behind its tags. */
const CONTAINERS: Signatures = [
  ['II*\0', 'image/tiff'],
  ['MM\0*', 'image/tiff'],
  ['II+\0', 'image/tiff'],
  ['MM\0+', 'image/tiff'],
  ['ID3', 'audio/mpeg'],
]

/** The formats with a signature that are written in text. Any other signature in a text is a coincidence: `BM`, `MZ`, `ID3` … are words. */
const SIGNED_TEXTS = /^(text\/.+|application\/(pdf|rtf|postscript|eps|pgp-encrypted|x-ms-regedit))$/

/** The types a text may have by its extension. SVG is not among them: its content would have told. */
const TEXT_TYPES = /^(text\/.+|(?!image\/).+\+(json|xml))$/
const TEXT_APPLICATIONS = new Set(
  (
    'json json5 xml xml-dtd sql toml node x-sh x-csh x-perl x-tcl x-tex x-httpd-php x-subrip ' +
    'vnd.apple.mpegurl mbox n-quads n-triples trig'
  )
    .split(' ')
    .map((subtype) => `application/${subtype}`),
)

/** Parsers between two uses. One for each use would be forgotten by V8 with all that it has compiled for it, again and again. */
const idleParsers: FileTypeParser[] = []

/** The type of a file that begins with `prefix`: by content, else by the name's extension, else `application/octet-stream`. */
export async function detectContentType(prefix: Uint8Array, name: string): Promise<DetectedType> {
  const bytes = prefix.subarray(0, SNIFF_BYTES)
  const markup = mayBeMarkup(bytes) ? sniffMarkup(decodeText(bytes)) : undefined
  if (markup) return { type: markup, byContent: true }
  const image = typeByTable(bytes, IMAGES)
  if (image) return { type: image, byContent: true }
  if (bytes.length > 0 && isText(bytes)) return detectText(bytes, name)
  return detectBinary(bytes, name)
}

/**
 * Whether one of `allowed` (types, ranges like `image/*`, or all) takes the type. The ranges of images, video and audio
 * take only what the bytes told, and no SVG: that is a document, and must be named.
 */
export function isTypeAllowed(detected: DetectedType, allowed: readonly string[]): boolean {
  return allowed.some((entry) => isTaken(detected, entry.trim().toLowerCase()))
}

function isTaken({ type, byContent }: DetectedType, entry: string): boolean {
  if (entry === '*/*' || entry === type) return true
  if (!entry.endsWith('/*') || !type.startsWith(entry.slice(0, -1))) return false
  const isMedia = entry === 'image/*' || entry === 'video/*' || entry === 'audio/*'
  return !isMedia || (byContent && type !== 'image/svg+xml')
}

async function detectText(bytes: Uint8Array, name: string): Promise<DetectedType> {
  const signed = await typeBySignature(bytes)
  if (signed && SIGNED_TEXTS.test(signed)) return { type: signed, byContent: true }
  const type = typeByExtension(name)
  if (type && (TEXT_TYPES.test(type) || TEXT_APPLICATIONS.has(type))) return { type, byContent: false }
  return { type: 'text/plain', byContent: true }
}

async function detectBinary(bytes: Uint8Array, name: string): Promise<DetectedType> {
  const signed = await typeBySignature(bytes)
  if (signed) return { type: signed, byContent: true }
  return { type: typeByExtension(name) ?? 'application/octet-stream', byContent: false }
}

async function typeBySignature(bytes: Uint8Array): Promise<string | undefined> {
  const parser = idleParsers.pop() ?? new FileTypeParser()
  try {
    const found = await parser.fromBuffer(bytes)
    if (found) return found.mime.toLowerCase().replace(/\s*;.*$/, '')
    return typeByTable(bytes, CONTAINERS)
  } finally {
    idleParsers.push(parser)
  }
}

function typeByTable(bytes: Uint8Array, signatures: Signatures): string | undefined {
  const beginning = Buffer.from(bytes.subarray(0, 8)).toString('latin1')
  return signatures.find(([signature]) => beginning.startsWith(signature))?.[1]
}

/** Asks only for what is an extension: the library takes a name without a dot for one. */
function typeByExtension(name: string): string | undefined {
  const { extension } = splitName(name)
  return (extension && mime.getType(extension.slice(1))) || undefined
}
