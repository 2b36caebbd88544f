import type { Actor } from './actors.ts'
import type { World } from './world.ts'

/** How rough a run is. Chances are per action of the scheduler, or per call. */
export interface Chaos {
  /** A call fails, or its answer is lost. */
  readonly fault: number
  /** The effect of a lost call may land after its caller heard an error. */
  readonly late: boolean
  readonly kill: number
  readonly jump: number
  /** Other workers do all that is due, while everybody stands still. */
  readonly recover: number
  /** An actor stands still for many actions, while the others and the time move on. */
  readonly freeze: number
  /** An answer is on its way for a while. */
  readonly slowAnswer: number
  /** The same actor goes on. */
  readonly stickiness: number
}

/** What the scheduler asks of the run that it drives. */
export interface Stage {
  readonly world: World
  readonly actors: readonly Actor[]
  /** Whether a waiting actor has what it needs to begin. */
  canBegin(actor: Actor): boolean
  begin(actor: Actor): void
  /** A clean worker does all that is due. */
  recover(): Promise<void>
  /** Something happened, by this actor's doing. */
  look(actor: Actor | undefined): void
  note(line: () => string): void
}
