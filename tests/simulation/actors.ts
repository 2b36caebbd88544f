import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { Call, Step } from './step.ts'

/** A call that waits until the scheduler lets it happen. */
export interface Parked {
  readonly call: Call<unknown>
  /** The caller goes on with what `settle` gives or throws. */
  readonly resume: (settle: () => unknown) => void
  /** It has happened; only its answer waits. */
  readonly isAnswer?: boolean
}

/** How a request or a round of a worker ended. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown }

/** Somebody who makes calls, one process of its own. */
export interface Actor<Task = unknown> {
  readonly name: string
  readonly task: Task
  /** How far its clock is off, in milliseconds. */
  readonly clock: number
  /** How long it may be under way, in true time: what it writes has landed by then. */
  readonly patience: number
  startedAt: number
  fate: 'waiting' | 'running' | 'ended' | 'killed'
  /** In the order they were made; several when it does things at once. */
  readonly parked: Parked[]
  outcome?: Outcome
}

/** The step of an actor: its calls park. */
export function parkedStep(actor: Actor): Step {
  return (call) =>
    new Promise((resolve, reject) => {
      const resume = (settle: () => unknown) => {
        try {
          resolve(settle() as Awaited<ReturnType<typeof call.effect>>)
        } catch (error) {
          reject(error)
        }
      }
      actor.parked.push({ call, resume })
    })
}

/** Sets an actor going. */
export function start(actor: Actor, now: number, work: () => Promise<unknown>): void {
  actor.fate = 'running'
  actor.startedAt = now
  const end = (outcome: Outcome) => {
    if (actor.fate !== 'running') return
    actor.fate = 'ended'
    actor.outcome = outcome
  }
  work().then(
    (value) => end({ value }),
    (error: unknown) => end({ error }),
  )
}

/** The code of an outcome: OK, a code of the catalogue, or BUG for whatever else was thrown. */
export function codeOf(outcome: Outcome): string {
  if ('value' in outcome) return 'OK'
  return outcome.error instanceof KeepsakeError ? outcome.error.code : 'BUG'
}

/** Whether it still makes calls; what it does at once with others may go on after its answer. */
export function isActive(actor: Actor): boolean {
  return actor.fate === 'running' || actor.parked.length > 0
}
