import type { ByteRange } from '@keepsake/shared/ports/storage'

const SINGLE_RANGE = /^bytes=(\d*)-(\d*)$/i

/**
 * The one range that a `Range` header asks of `size` bytes (RFC 9110, section 14). Undefined for a header that is to be ignored:
 * malformed, in another unit, or with several ranges.
 */
export function parseRange(header: string, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [matched, first, last] = SINGLE_RANGE.exec(header) ?? []
  if (matched === undefined || (!first && !last)) return undefined
  if (!first) return lastBytes(Number(last), size)

  const start = Number(first)
  const end = last ? Number(last) : Number.POSITIVE_INFINITY
  if (start > end) return undefined
  if (start >= size) return 'unsatisfiable'
  return { start, end: Math.min(end, size - 1) }
}

/** `bytes=-N`: as many as there are, when there are fewer. */
function lastBytes(count: number, size: number): ByteRange | 'unsatisfiable' {
  if (count === 0 || size === 0) return 'unsatisfiable'
  return { start: Math.max(0, size - count), end: size - 1 }
}
