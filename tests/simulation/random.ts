/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
    // Neighbouring seeds begin alike; a few rounds part them.
    for (let i = 0; i < 8; i += 1) this.unit()
  }

  /** From 0 up to, but without, 1. */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from 0 up to, but without, `limit`. */
  below(limit: number): number {
    return Math.floor(this.unit() * limit)
  }

  /** Whether something of probability `chance` happens. */
  happens(chance: number): boolean {
    return this.unit() < chance
  }

  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new Error('There is nothing to pick from.')
    return item
  }

  /** What stands in for `crypto.randomBytes`. */
  readonly bytes = (size: number): Uint8Array => Uint8Array.from({ length: size }, () => this.below(256))
}
