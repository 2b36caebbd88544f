import { type Actor, isActive } from './actors.ts'
import type { Random } from './random.ts'

/** How many may sleep at once. */
const MOST = 2

/** Who stands still while the others and the time move on, for how many more actions. */
export class Sleep {
  readonly #random: Random
  readonly #onWakeUp: (actor: Actor) => void
  readonly #left = new Map<Actor, number>()

  constructor(random: Random, onWakeUp: (actor: Actor) => void) {
    this.#random = random
    this.#onWakeUp = onWakeUp
  }

  /** Those who are awake at this action; one more may have fallen asleep by a chance of `chance`. */
  awake(running: readonly Actor[], chance: number): readonly Actor[] {
    for (const [actor, left] of this.#left) {
      if (left > 0) this.#left.set(actor, left - 1)
      else this.#wake(actor)
    }
    const awake = running.filter((actor) => isActive(actor) && !this.#left.has(actor))
    if (awake.length === 0 || this.#left.size >= MOST || !this.#random.happens(chance)) return awake
    // The worst moment is just before a write.
    const writers = awake.filter(({ parked }) => parked.some(({ call }) => call.lost))
    const sleeper = this.#random.pick(writers.length > 0 && this.#random.happens(0.7) ? writers : awake)
    // The narrowest races: one falls asleep in the middle of its work, and another wakes up just then.
    for (const actor of [...this.#left.keys()]) if (this.#random.happens(0.5)) this.#wake(actor)
    this.#left.set(sleeper, 3 + this.#random.below(this.#random.pick([10, 30, 60])))
    return running.filter((actor) => isActive(actor) && !this.#left.has(actor))
  }

  /** All are awake from now on. */
  end(): void {
    this.#left.clear()
  }

  #wake(actor: Actor): void {
    this.#left.delete(actor)
    this.#onWakeUp(actor)
  }
}
