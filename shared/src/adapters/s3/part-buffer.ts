const FIRST_ROOM = 64 * 1024

/** So much larger is the next room: few steps, as each costs a copy. */
const GROWTH = 4

/** Gathers one part at a time, always in the same memory, which is at most a few times larger than what it held. */
export class PartBuffer {
  readonly #expected: number
  #room = Buffer.allocUnsafeSlow(0)
  #length = 0

  /** With room for `expected` bytes as soon as the first arrive. */
  constructor(expected = 0) {
    this.#expected = expected
  }

  /** Takes of `chunk` what fits into a part of `size` bytes; tells the rest. */
  fill(chunk: Buffer, size: number): Buffer {
    const taken = Math.min(chunk.length, size - this.#length)
    this.#makeRoom(this.#length + taken, size)
    chunk.copy(this.#room, this.#length, 0, taken)
    this.#length += taken
    return chunk.subarray(taken)
  }

  /** What was gathered. It changes with the next `fill`. */
  get bytes(): Buffer {
    return this.#room.subarray(0, this.#length)
  }

  /** Begins with the next part. */
  empty(): void {
    this.#length = 0
  }

  #makeRoom(needed: number, size: number): void {
    if (needed <= this.#room.length) return
    const wanted = Math.max(needed, this.#expected, FIRST_ROOM, this.#room.length * GROWTH)
    const larger = Buffer.allocUnsafeSlow(Math.min(size, wanted))
    this.#room.copy(larger, 0, 0, this.#length)
    this.#room = larger
  }
}
