import { isUtf8 } from 'node:buffer'

/** Tells, chunk by chunk, whether bytes are UTF-8 (RFC 3629). */
export interface Utf8Validator {
  add(chunk: Uint8Array): void
  /** Whether everything that was added is valid, and ends with a whole character. */
  end(): boolean
}

/** A character has at most four bytes: three of them may wait for the next chunk. */
const LONGEST_REST = 3

/** Remembers only the bytes of a character that a chunk broke in two; costs nothing once a bad byte was seen. */
export function utf8Validator(): Utf8Validator {
  let valid = true
  let rest: Uint8Array = new Uint8Array()

  return {
    add(chunk) {
      if (!valid) return
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
      const whole = bytes.length - brokenTail(bytes)
      valid = isUtf8(bytes.subarray(0, whole))
      // A copy: the chunk's memory is not ours.
      rest = bytes.slice(whole)
    },
    end: () => valid && rest.length === 0,
  }
}

/** How many bytes at the end begin a character that is longer than what is there. */
function brokenTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(LONGEST_REST, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    const continues = (byte & 0b1100_0000) === 0b1000_0000
    if (continues) continue
    const length = byte >= 0b1111_0000 ? 4 : byte >= 0b1110_0000 ? 3 : byte >= 0b1100_0000 ? 2 : 1
    return length > back ? back : 0
  }
  return 0
}
