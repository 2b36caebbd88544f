import { imageSize } from 'image-size'
import { beginningOf, decodeText } from './sniff-text.ts'

/** How many bytes from an image's start are looked at: enough for all but images with more metadata than that before their size. */
export const DIMENSION_BYTES = 256 * 1024

/** An SVG's size stands in its first element, which is read as text: no more of it than this. */
const SVG_BYTES = 16 * 1024

const SVG = 'image/svg+xml'

/** Pixels. */
export interface Dimensions {
  readonly width: number
  readonly height: number
}

/** What the header of an image says, before any rotation that metadata asks for; undefined where it says nothing, and for all other types. */
export function imageDimensions(prefix: Uint8Array, type: string): Dimensions | undefined {
  if (!type.startsWith('image/')) return undefined
  const measured = measure(type === SVG ? svgRoot(prefix) : prefix.subarray(0, DIMENSION_BYTES))
  if (!measured || (measured.type === 'svg') !== (type === SVG)) return undefined
  const { width, height } = measured
  return isPixels(width) && isPixels(height) ? { width, height } : undefined
}

function measure(bytes: Uint8Array): ReturnType<typeof imageSize> | undefined {
  try {
    return imageSize(bytes)
  } catch {
    // The library has no other answer for an image that is cut off, damaged or unknown to it.
    return undefined
  }
}

/** The library searches the first 1,000 bytes only, and a comment or a list of entities may be longer. */
function svgRoot(prefix: Uint8Array): Uint8Array {
  const { root } = beginningOf(decodeText(prefix.subarray(0, SVG_BYTES)))
  return Buffer.from(root)
}

function isPixels(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0
}
