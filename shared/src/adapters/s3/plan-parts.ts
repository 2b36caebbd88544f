const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB

/** What one request stores or copies at most. */
export const LARGEST_REQUEST = 5 * GIB

/** What S3 allows a part to have at least, the last one excepted. */
const SMALLEST_PART = 5 * MIB

const MOST_PARTS = 10_000

/** Parts of an unknown body that all have the smallest size: enough for 5 GB, at 5 MiB of memory each. */
const EQUAL_PARTS = 1_000

/** By so much each later part is larger than the one before: 10,000 of them hold 5 TiB. */
const GROWTH = 136 * KIB

/** Copied at once: few requests, and each still ends within a minute or two. */
const COPIED_PART = 256 * MIB

/** Bytes of the part `number`, counted from 1, of a body of `size` bytes, or of one whose size is not known. */
export function partSize(number: number, size?: number): number {
  if (size !== undefined) return Math.max(SMALLEST_PART, evenPart(size))
  return SMALLEST_PART + Math.max(0, number - EQUAL_PARTS) * GROWTH
}

/** A part of an object that is copied. */
export interface CopiedPart {
  /** From 1. */
  readonly number: number
  /** First and last byte, both included. */
  readonly start: number
  readonly end: number
}

/** The parts in which an object of `size` bytes is copied, the same every time. */
export function planCopy(size: number): CopiedPart[] {
  const length = Math.max(COPIED_PART, evenPart(size))
  const count = Math.ceil(size / length)
  return Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    start: index * length,
    end: Math.min(size, (index + 1) * length) - 1,
  }))
}

/** The smallest size in whole MiB with which the most parts that S3 allows suffice. */
function evenPart(size: number): number {
  return Math.ceil(size / MOST_PARTS / MIB) * MIB
}
