import { createHash } from 'node:crypto'
import type { Received } from '../domain/asset.ts'
import { type DetectedType, detectContentType, isTypeAllowed, SNIFF_BYTES } from '../domain/content-type.ts'
import { KeepsakeError } from '../domain/errors.ts'
import { DIMENSION_BYTES, type Dimensions, imageDimensions } from '../domain/image-dimensions.ts'
import { utf8Validator } from '../domain/utf8-validator.ts'

/** Images whose size, once it is there, is not changed by anything behind it. */
const SIZE_FIRST = new Set(['image/jpeg', 'image/png', 'image/gif'])

/** What an upload may be. */
export interface UploadLimits {
  readonly maxBytes: number
  /** MIME types and ranges like `image/*`. */
  readonly types: readonly string[]
}

/** Looks at bytes as they pass by. */
export interface Inspection {
  /** Sees the next chunk. Throws FILE_TOO_LARGE. */
  readonly inspect: (chunk: Buffer) => void
  /** What the bytes were, after the last one. Throws TYPE_NOT_ALLOWED. */
  readonly finish: () => Promise<Omit<Received, 'storedAt'>>
}

/**
 * Counts, hashes and recognises the bytes of one upload without keeping more than its first 256 KiB.
 * Calls `refuse` with TYPE_NOT_ALLOWED as soon as the first bytes tell.
 */
export function inspectContent(
  name: string,
  limits: UploadLimits,
  refuse: (reason: KeepsakeError) => void,
): Inspection {
  const hash = createHash('sha256')
  const utf8 = utf8Validator()
  let size = 0
  let prefix: Buffer[] = []
  let prefixSize = 0
  let detection: Promise<DetectedType> | undefined
  let dimensions: Dimensions | undefined
  let refusal: KeepsakeError | undefined

  function inspect(chunk: Buffer): void {
    size += chunk.length
    if (size > limits.maxBytes) throw fileTooLarge(limits.maxBytes)
    hash.update(chunk)
    utf8.add(chunk)
    if (prefixSize >= DIMENSION_BYTES) return
    prefix.push(chunk)
    prefixSize += chunk.length
    if (prefixSize >= SNIFF_BYTES) detection ??= detect()
  }

  async function detect(): Promise<DetectedType> {
    const found = await detectContentType(joined(prefix, SNIFF_BYTES), name)
    if (!isTypeAllowed(found, limits.types)) {
      refusal = typeNotAllowed(found.type, limits.types)
      refuse(refusal)
    }
    // Most images tell their size in the first chunk: what is kept in memory costs more than what passes.
    const [first] = prefix
    if (first && first.length >= SNIFF_BYTES && SIZE_FIRST.has(found.type)) dimensions = measure([first], found)
    if (dimensions || !isKnownImage(found)) {
      prefix = []
      prefixSize = DIMENSION_BYTES
    }
    return found
  }

  async function finish(): Promise<Omit<Received, 'storedAt'>> {
    detection ??= detect()
    const found = await detection
    if (refusal) throw refusal
    dimensions ??= measure(prefix, found)
    return { size, sha256: hash.digest('hex'), type: found.type, utf8: utf8.end(), ...(dimensions && { dimensions }) }
  }

  return { inspect, finish }
}

function measure(chunks: readonly Buffer[], found: DetectedType): Dimensions | undefined {
  return isKnownImage(found) ? imageDimensions(joined(chunks, DIMENSION_BYTES), found.type) : undefined
}

/** Bytes that nobody knows have no header, whatever their name says. */
function isKnownImage({ type, byContent }: DetectedType): boolean {
  return byContent && type.startsWith('image/')
}

/** At most `length` bytes of the chunks; copies only when they lie in more than one. */
function joined(chunks: readonly Buffer[], length: number): Buffer {
  const [first] = chunks
  if (first && (chunks.length === 1 || first.length >= length)) return first.subarray(0, length)
  return Buffer.concat(chunks).subarray(0, length)
}

/** The refusal of a file that is larger than `maxBytes`. */
export function fileTooLarge(maxBytes: number): KeepsakeError {
  return new KeepsakeError('FILE_TOO_LARGE', `The file exceeds ${maxBytes} bytes.`, { details: { maxBytes } })
}

function typeNotAllowed(foundType: string, allowedTypes: readonly string[]): KeepsakeError {
  const message = `Files of type ${foundType} are not allowed here; allowed: ${allowedTypes.join(', ')}.`
  return new KeepsakeError('TYPE_NOT_ALLOWED', message, { details: { allowedTypes, foundType } })
}
