import { KeepsakeError } from '@keepsake/shared/domain/errors'
import { type Actor, isActive, type Parked } from './actors.ts'
import { interestingTime } from './interesting-times.ts'
import type { Random } from './random.ts'
import { Sleep } from './sleep.ts'
import type { Chaos, Stage } from './stage.ts'
import type { Call } from './step.ts'
import { answerText, lineOf } from './trace.ts'

/** An effect whose caller has heard an error, or is dead. */
interface Flight {
  readonly actor: Actor
  readonly call: Call<unknown>
}

/** Decides, by the seed alone, whose call happens next and what goes wrong with it. */
export class Scheduler {
  readonly #stage: Stage
  readonly #random: Random
  readonly #flights: Flight[] = []
  #chaos: Chaos
  #last: Actor | undefined
  readonly #sleep: Sleep

  constructor(stage: Stage, random: Random, chaos: Chaos) {
    this.#stage = stage
    this.#random = random
    this.#chaos = chaos
    this.#sleep = new Sleep(random, (actor) => this.#wakeUp(actor))
  }

  /** One action. Tells whether there was anything to do. */
  async act(): Promise<boolean> {
    const { actors } = this.#stage
    const waiting = actors.filter((actor) => actor.fate === 'waiting' && this.#stage.canBegin(actor))
    const running = actors.filter(isActive)
    if (waiting.length + running.length + this.#flights.length === 0) return false
    const awake = this.#sleep.awake(running, this.#chaos.freeze)
    // What is rare becomes likely while somebody stands still in the middle of something.
    const hurry = awake.length < running.length ? 4 : 1

    if (running.length > 0 && this.#random.happens(this.#chaos.kill)) this.kill(this.#random.pick(running))
    else if (this.#random.happens(hurry * this.#chaos.jump)) this.#jump(running)
    else if (this.#random.happens(hurry * this.#chaos.recover)) await this.#stage.recover()
    else if (this.#flights.length > 0 && this.#random.happens(running.length > 0 ? 0.05 : 0.5)) this.landOne()
    else await this.#go(awake, waiting)
    return true
  }

  /** From now on nothing goes wrong any more. */
  calm(): void {
    this.#chaos = { ...this.#chaos, fault: 0, late: false, kill: 0, jump: 0, recover: 0, freeze: 0, slowAnswer: 0 }
    this.#sleep.end()
  }

  /** The actor's process is gone; its calls under way did nothing, did all, or still land. */
  kill(actor: Actor): void {
    if (actor.fate === 'running') actor.fate = 'killed'
    for (const { call, isAnswer } of actor.parked.splice(0)) {
      const fates = [
        'did nothing',
        ...(call.lost ? ['happens', 'happens'] : []),
        ...(call.lost && this.#chaos.late ? ['is under way'] : []),
      ]
      const fate = isAnswer ? 'is not heard' : this.#random.pick(fates)
      this.#stage.note(() => `${actor.name} is killed; ${lineOf(actor, call)}: ${fate}`)
      if (fate === 'happens') this.#apply(actor, call)
      if (fate === 'is under way') this.#flights.push({ actor, call })
    }
  }

  /** An effect that was under way lands, any of them; tells whether there was one. */
  landOne(): boolean {
    const [flight] = this.#flights.splice(this.#random.below(this.#flights.length), 1)
    if (!flight) return false
    this.#stage.note(() => `${lineOf(flight.actor, flight.call)}: lands late`)
    this.#apply(flight.actor, flight.call)
    return true
  }

  /** The worst moment to die is after a long sleep, with the next call just made. */
  #wakeUp(actor: Actor): void {
    if (isActive(actor) && this.#chaos.kill > 0 && this.#random.happens(0.5)) this.kill(actor)
  }

  async #go(running: readonly Actor[], waiting: readonly Actor[]): Promise<void> {
    const begins = waiting.length > 0 && (running.length === 0 || this.#random.happens(0.25))
    if (begins) return this.#begin(this.#random.pick(waiting))
    if (running.length === 0) return
    const last = this.#last
    const stays = last && running.includes(last) && this.#random.happens(this.#chaos.stickiness)
    await this.#grant(stays ? last : this.#random.pick(running))
  }

  async #begin(actor: Actor): Promise<void> {
    this.#stage.note(() => `${actor.name}: begins`)
    this.#last = actor
    this.#stage.begin(actor)
    await this.#settle(actor)
  }

  async #grant(actor: Actor): Promise<void> {
    this.#last = actor
    const index = this.#random.happens(0.7) ? 0 : this.#random.below(actor.parked.length)
    const [parked] = actor.parked.splice(index, 1)
    if (!parked) throw new Error(`${actor.name} runs without a call.`)
    const { call, isAnswer } = parked
    if (!isAnswer && this.#random.happens(this.#chaos.fault)) this.#fail(actor, parked)
    else {
      const answer = this.#answerOf(call)
      this.#stage.note(() => `${lineOf(actor, call)}${isAnswer ? '' : answerText(answer)}`)
      this.#stage.look(actor)
      if (!isAnswer && this.#random.happens(this.#chaos.slowAnswer)) {
        actor.parked.push({ ...parked, call: { name: `(answer of ${call.name})`, effect: answer }, isAnswer: true })
        return
      }
      parked.resume(answer)
    }
    await this.#settle(actor)
  }

  /** The caller hears an error: nothing happened, all of it, a part, or all of it later. */
  #fail(actor: Actor, { call, resume }: Parked): void {
    const { lost } = call
    const kinds = ['fails', ...(lost ? ['loses its answer'] : []), ...(lost && this.#chaos.late ? ['is delayed'] : [])]
    const kind = this.#random.pick(kinds)
    this.#stage.note(() => `${lineOf(actor, call)}: ${kind}`)
    if (kind === 'loses its answer') this.#apply(actor, call)
    if (kind === 'is delayed') this.#flights.push({ actor, call })
    if (kind === 'fails') {
      call.part?.(this.#random.unit())
      this.#stage.look(actor)
    }
    const code = kind === 'fails' || !lost ? 'UNAVAILABLE' : lost
    resume(() => {
      throw new KeepsakeError(code, 'A fault of the simulation.')
    })
  }

  /** Time moves on to just before, at, or just after a moment that somebody waits for; whoever cannot wait so long is killed. */
  #jump(running: readonly Actor[]): void {
    const { world, actors, note } = this.#stage
    const to = interestingTime(world, actors, this.#random)
    if (to === undefined) return
    const impatient = running.filter((actor) => patienceOf(actor) < to)
    const overdue = this.#flights.filter(({ actor }) => patienceOf(actor) < to)
    if (impatient.length + overdue.length > 0 && (this.#chaos.kill === 0 || this.#random.happens(0.7))) return
    for (const actor of impatient) this.kill(actor)
    while (this.#flights.some(({ actor }) => patienceOf(actor) < to)) this.landOne()
    world.time = to
    note(() => `-- the time is ${new Date(to).toISOString()}`)
  }

  #apply(actor: Actor, call: Call<unknown>): void {
    try {
      call.effect()
    } catch (error) {
      if (!(error instanceof KeepsakeError)) throw error
    }
    this.#stage.look(actor)
  }

  #answerOf(call: Call<unknown>): () => unknown {
    try {
      const value = call.effect()
      return () => value
    } catch (error) {
      return () => {
        throw error
      }
    }
  }

  /** Waits until the actor has made its next call, or has ended. */
  async #settle(actor: Actor): Promise<void> {
    for (let turn = 0; turn < 3000; turn += 1) {
      await (turn < 1000 ? nextTurn() : soon())
      if (actor.fate !== 'running' || actor.parked.length > 0) return this.#stage.look(actor)
    }
    throw new Error(`${actor.name} neither calls nor ends.`)
  }
}

/** Every microtask and tick that is due has run by then. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1))
}

function patienceOf(actor: Actor): number {
  return actor.startedAt + actor.patience
}
