import { isDead, usedKeys } from '@keepsake/shared/domain/asset'
import { persistAsset } from '@keepsake/shared/operations/assets/persist-asset'
import type { UpkeepContext } from '@keepsake/shared/ports/context'
import { codeOf } from './actors.ts'
import type { Evidence } from './answers.ts'
import type { Random } from './random.ts'
import { missingFolders } from './simulated-folders.ts'
import { PRINCIPAL, read } from './tasks.ts'
import { BrokenPromise, type History } from './watch.ts'
import type { World } from './world.ts'

const DAY = 24 * 60 * 60 * 1000

/** More rounds than anything needs that is not stuck. */
const MOST_ROUNDS = 100

/** What the ending needs of the run. */
export interface Means {
  readonly context: UpkeepContext
  note(line: () => string): void
  recover(): Promise<void>
  /** Lets an effect land that is under way; tells whether there was one. */
  landOne(): boolean
}

/**
 * Clocks are right again, whoever was under way has ended or is dead. Temporary assets may still be persisted; then time moves on until
 * nothing is due any more. Throws when something that was promised for the end does not hold.
 */
export async function judgeEnding(evidence: Evidence, random: Random, means: Means): Promise<void> {
  const { world } = evidence
  world.databaseClock = 0
  if (random.happens(0.5)) await persistTheRest(evidence, means)

  for (let round = 0; ; round += 1) {
    if (round > MOST_ROUNDS) throw new BrokenPromise('There is always something due.')
    await means.recover()
    judgeSpace(evidence)
    if (random.happens(0.3) && means.landOne()) continue
    const due = nextDue(world)
    if (due === undefined && means.landOne()) continue
    if (due === undefined) break
    // An effect lands within the patience of its caller, long before a record is forgotten that remembers it.
    while (due > world.time + DAY / 2 && means.landOne());
    world.time = due
    means.note(() => `-- the time is ${new Date(world.time).toISOString()}`)
  }
  await judgeRest(evidence, means)
  judgeBatches(evidence)
}

/** An acknowledged upload can be persisted until its deadline. */
async function persistTheRest({ world, scenario, watch }: Evidence, { context, note }: Means): Promise<void> {
  const inBatches = scenario.actors.flatMap(({ task }) => (task.kind === 'persist batch' ? task.files : []))
  const spared = inBatches.map((file) => watch.historyOf(file)?.id)
  for (const { id, state, deadline, tempId } of world.assets.values()) {
    if (state !== 'temporary' || !tempId || spared.includes(id)) continue
    if (deadline && deadline.getTime() <= world.time) continue
    note(() => `-- asset ${id} is persisted`)
    await persistAsset(context, PRINCIPAL, tempId)
  }
}

/** The next moment ahead; what stays due, like an asset that its batch will persist, waits for something else. */
function nextDue({ assets, batches, time }: World): number | undefined {
  const dates = [...assets.values(), ...batches.values()].flatMap(({ dueAt }) => (dueAt ? [dueAt.getTime()] : []))
  const ahead = dates.filter((date) => date > time)
  if (dates.length === 0) return undefined
  return ahead.length > 0 ? Math.min(...ahead) : time
}

/** Where no writer died or was late, space is free as soon as the garbage is paid, not only when the record is forgotten. */
function judgeSpace({ world, scenario }: Evidence): void {
  const records = [...world.assets.values()]
  if (records.some((asset) => asset.garbage.length > 0 || (!isDead(asset) && asset.state !== 'persisted'))) return
  const used = new Set(records.flatMap(usedKeys))
  // A process that dies between its write and its last word leaves the bytes to the last purge; but a copy in one step is stopped
  // by the deletion of its source, which comes first.
  const onlyCopies = !scenario.actors.some(({ task }) => task.kind === 'create' || task.kind === 'replace')
  const orderly = onlyCopies && !scenario.slowCopies && !scenario.chaos.late
  const atOnce = (key: string) => scenario.quiet || (orderly && !key.startsWith('temp/'))
  const wasted = [...world.objects.keys()].find((key) => !used.has(key) && atOnce(key))
  if (wasted) throw new BrokenPromise(`The object ${wasted} is not used, and no garbage.`)
}

async function judgeRest({ world, scenario, watch }: Evidence, { context }: Means): Promise<void> {
  for (const asset of world.assets.values()) {
    if (asset.state !== 'persisted') throw new BrokenPromise(`Asset ${asset.id} is still ${asset.state}.`)
    if (asset.keys.some((key) => key !== asset.key)) throw new BrokenPromise(`Asset ${asset.id} remembers old keys.`)
    if (asset.url !== undefined) continue
    const index = scenario.files.findIndex((_, file) => watch.historyOf(file)?.id === asset.id)
    const bytes = Buffer.from(await read(context, asset)).toString()
    if (!watch.historyOf(index)?.contents.has(bytes)) throw new BrokenPromise(`Asset ${asset.id} has other bytes.`)
    judgeReplaced(scenario, index, bytes)
  }
  const missing = missingFolders(world)[0]
  if (missing) throw new BrokenPromise(`The folder ${missing.path} has no record.`)
  const keys = new Set([...world.assets.values()].map(({ key }) => key))
  const orphan = [...world.objects.keys()].find((key) => !keys.has(key))
  if (orphan) throw new BrokenPromise(`The object ${orphan} is left over.`)
  if (world.batches.size > 0) throw new BrokenPromise('A batch is left over.')
  for (const actor of scenario.actors) {
    const { task, outcome } = actor
    if (!outcome || codeOf(outcome) !== 'OK' || (task.kind !== 'persist' && task.kind !== 'persist batch')) continue
    for (const file of filesOf(actor)) {
      const history = watch.historyOf(file)
      const safe = history && (watch.isKept(history) || wasDeleted(history))
      if (!safe) throw new BrokenPromise(`${actor.name} was answered, and asset ${file} is lost.`)
    }
  }
}

/** Content that was acknowledged gives way to other content only that came later. */
function judgeReplaced({ actors, files }: Evidence['scenario'], file: number, bytes: string): void {
  const isReplaced = actors.some(
    ({ task, outcome }) => task.kind === 'replace' && task.file === file && outcome && codeOf(outcome) === 'OK',
  )
  const isOriginal = files[file]?.bytes.toString() === bytes
  if (isReplaced && isOriginal) throw new BrokenPromise(`The acknowledged content of asset ${file} is lost.`)
}

/** All members of a batch were persisted, or none; those that another persist is about tell nothing. */
function judgeBatches({ scenario, watch }: Evidence): void {
  const persists = scenario.actors.filter(({ task }) => task.kind === 'persist' || task.kind === 'persist batch')
  for (const actor of persists) {
    const { task, outcome } = actor
    if (task.kind !== 'persist batch') continue
    const others = persists.filter((other) => other !== actor && other.startedAt > 0).flatMap(filesOf)
    const mine = task.files.filter((file) => !others.includes(file))
    const persisted = mine.filter((file) => watch.historyOf(file)?.states.has('persisted'))
    const none = outcome !== undefined && codeOf(outcome) === 'ASSET_NOT_FOUND'
    if (persisted.length > 0 && (none || !task.files.every((file) => watch.historyOf(file)?.states.has('persisted')))) {
      throw new BrokenPromise(`${actor.name} persisted only a part of its assets.`)
    }
  }
}

function filesOf({ task }: Evidence['scenario']['actors'][number]): readonly number[] {
  if (task.kind === 'persist batch') return task.files
  return task.kind === 'persist' ? [task.file] : []
}

function wasDeleted({ latest, states }: History): boolean {
  return latest.state === 'deleted' && states.has('persisted')
}
