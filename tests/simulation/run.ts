import { type Asset, isDead } from '@keepsake/shared/domain/asset'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { UpkeepContext } from '@keepsake/shared/ports/context'
import { type Actor, parkedStep, start } from './actors.ts'
import { type Evidence, judgeAnswer } from './answers.ts'
import { judgeEnding } from './ending.ts'
import { Random } from './random.ts'
import { type Scenario, scenarioOf, type Task } from './scenario.ts'
import { Scheduler } from './scheduler.ts'
import { simulatedContext } from './simulated-context.ts'
import { missingFolders } from './simulated-folders.ts'
import type { Stage } from './stage.ts'
import type { Step } from './step.ts'
import { perform } from './tasks.ts'
import { BrokenPromise, Watch } from './watch.ts'
import { emptyWorld, type World } from './world.ts'

/** Takes each line of what happened. */
export type Note = (line: () => string) => void

/** One run, from its first upload to the last forgotten record. The same seed does the same. Throws BrokenPromise, or a bug's error. */
export async function simulate(seed: number, note: Note = () => undefined): Promise<void> {
  const random = new Random(seed)
  const run = new Run(scenarioOf(random), random, note)
  await run.play()
}

/** A worker whose clock is right and whose calls all succeed at once. */
const CLEANER: Actor<Task> = {
  name: 'cleaner',
  task: { kind: 'upkeep', patient: false },
  clock: 0,
  patience: Number.POSITIVE_INFINITY,
  startedAt: 0,
  fate: 'running',
  parked: [],
}

class Run implements Stage {
  readonly world: World
  readonly actors: readonly Actor<Task>[]
  readonly note: Note
  readonly #scenario: Scenario
  readonly #random: Random
  readonly #watch: Watch
  readonly #evidence: Evidence
  readonly #scheduler: Scheduler
  readonly #judged = new Set<Actor<Task>>()
  #problem: Error | undefined

  constructor(scenario: Scenario, random: Random, note: Note) {
    this.world = emptyWorld(scenario.begins, scenario)
    this.actors = scenario.actors
    this.note = note
    this.#scenario = scenario
    this.#random = random
    this.#watch = new Watch(this.world, scenario.files)
    this.#evidence = { world: this.world, scenario, watch: this.#watch, beginnings: new Map() }
    this.#scheduler = new Scheduler(this, random, scenario.chaos)
  }

  async play(): Promise<void> {
    for (const actor of this.actors)
      if ((actor.task.kind === 'upload' || actor.task.kind === 'create') && actor.task.early)
        await this.#performAtOnce(actor)
    for (let i = 0; i < this.#scenario.actions; i += 1) if (!(await this.#scheduler.act())) break
    await this.#comeToAnEnd()
    await judgeEnding(this.#evidence, this.#random, {
      note: this.note,
      context: this.#contextOf(CLEANER, this.#stepAtOnce(CLEANER)),
      recover: () => this.recover(),
      landOne: () => this.#scheduler.landOne(),
    })
  }

  canBegin({ task }: Actor<Task>): boolean {
    if (task.kind === 'upload' || task.kind === 'create' || task.kind === 'delete folder') return true
    if (task.kind === 'upkeep') return isAnythingDue(this.world) && (!task.patient || isAnyDead(this.world))
    const files = task.kind === 'persist batch' ? task.files : [task.file]
    const states = files.map((file) => this.#watch.historyOf(file)?.states)
    const isEarly = ['persist', 'persist batch', 'drop', 'deliver'].includes(task.kind)
    if (isEarly || (task.kind === 'delete' && !task.patient)) return states.every((seen) => seen?.has('temporary'))
    return states.every((seen) => seen?.has('persisted'))
  }

  begin(actor: Actor<Task>): void {
    const { task } = actor
    if ('file' in task) this.#evidence.beginnings.set(actor, this.#recordOf(task.file))
    const context = this.#contextOf(actor, parkedStep(actor))
    start(actor, this.world.time, () => this.#perform(context, task))
  }

  async recover(): Promise<void> {
    if (!isAnythingDue(this.world)) return
    this.note(() => '-- a worker does all that is due')
    await this.#perform(this.#contextOf(CLEANER, this.#stepAtOnce(CLEANER)), CLEANER.task)
    if (this.#problem) throw this.#problem
  }

  look(actor: Actor<Task>): void {
    if (this.#problem) throw this.#problem
    this.#watch.look(actor)
    if (actor.fate !== 'ended' || this.#judged.has(actor)) return
    this.#judged.add(actor)
    judgeAnswer(this.#evidence, actor)
  }

  /** Whoever is still under way is killed, or goes on to its end undisturbed; what is not begun never begins. */
  async #comeToAnEnd(): Promise<void> {
    this.note(() => '-- all come to their end')
    for (const actor of this.actors) {
      if (actor.fate === 'waiting') actor.fate = 'killed'
      else if (!this.#scenario.quiet && this.#random.happens(0.4)) this.#scheduler.kill(actor)
    }
    this.#scheduler.calm()
    while (this.actors.some(({ fate, parked }) => fate === 'running' || parked.length > 0)) await this.#scheduler.act()
  }

  async #performAtOnce(actor: Actor<Task>): Promise<void> {
    const context = this.#contextOf(actor, this.#stepAtOnce(actor))
    start(actor, this.world.time, () => this.#perform(context, actor.task))
    while (actor.fate === 'running') await new Promise((resolve) => setImmediate(resolve))
    this.look(actor)
  }

  #stepAtOnce(actor: Actor<Task>): Step {
    return async (call) => {
      this.note(() => [`${actor.name}: ${call.name}`, call.about?.()].filter(Boolean).join(' '))
      try {
        return call.effect()
      } finally {
        this.#lookAndRemember(actor)
      }
    }
  }

  /** What a verb would catch is kept, and thrown outside of it. */
  #lookAndRemember(actor: Actor<Task>): void {
    try {
      this.#watch.look(actor)
    } catch (error) {
      this.#problem ??= error instanceof Error ? error : new BrokenPromise(String(error))
    }
  }

  #perform(context: UpkeepContext, task: Task): Promise<unknown> {
    return perform(context, task, this.#scenario.files, (file) => this.#recordOf(file))
  }

  #contextOf(actor: Actor<Task>, step: Step): UpkeepContext {
    const error = (event: string, data?: Readonly<Record<string, unknown>>) => {
      this.note(() => `${actor.name}: logs ${event} ${data?.error ?? ''}`)
      if (data?.error instanceof KeepsakeError || data?.error === undefined) return
      this.#problem ??= new BrokenPromise(`${actor.name} logged ${event}, which is a bug.`, { cause: data.error })
    }
    const log = { info: () => undefined, warn: () => undefined, error }
    return simulatedContext(this.world, this.#scenario.settings, this.#random, { step, clock: actor.clock, log })
  }

  #recordOf(file: number): Asset | undefined {
    return this.#watch.historyOf(file)?.latest
  }
}

function isAnythingDue(world: World): boolean {
  const { assets, batches, time } = world
  if (missingFolders(world).length > 0) return true
  const dates = [...assets.values(), ...batches.values()].map(
    ({ dueAt }) => dueAt?.getTime() ?? Number.POSITIVE_INFINITY,
  )
  return dates.some((date) => date <= time)
}

function isAnyDead({ assets }: World): boolean {
  return [...assets.values()].some(isDead)
}
