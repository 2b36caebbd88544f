import type { Settings } from '@keepsake/shared/domain/settings'
import type { Actor } from './actors.ts'
import type { Random } from './random.ts'
import type { Chaos } from './stage.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A file that somebody uploads. */
export interface File {
  readonly name: string
  readonly bytes: Buffer
}

/** What an actor wants. Files are named by their index in the scenario. */
export type Task =
  | {
      readonly kind: 'upload'
      readonly file: number
      readonly flaw?: 'too large' | 'breaks off'
      readonly early: boolean
    }
  /** Straight to its permanent key, without a persist. */
  | { readonly kind: 'create'; readonly file: number; readonly flaw?: 'too large'; readonly early: boolean }
  | { readonly kind: 'persist' | 'drop' | 'deliver'; readonly file: number }
  /** What is possible once the asset is persisted. */
  | { readonly kind: 'hotlink' | 'remove' | 'read'; readonly file: number }
  | { readonly kind: 'replace'; readonly file: number; readonly content: string }
  | { readonly kind: 'rename'; readonly file: number; readonly name: string }
  | { readonly kind: 'move'; readonly file: number; readonly folder: string }
  | { readonly kind: 'delete folder'; readonly folder: string }
  | { readonly kind: 'delete'; readonly file: number; readonly patient: boolean }
  | { readonly kind: 'persist batch'; readonly files: readonly number[] }
  /** A patient round begins when an asset has ended. */
  | { readonly kind: 'upkeep'; readonly patient: boolean }

/** All that a seed stands for, but the order of things. */
export interface Scenario {
  readonly settings: Settings
  readonly files: readonly File[]
  readonly actors: readonly Actor<Task>[]
  readonly chaos: Chaos
  /** Nothing fails and nobody dies: the strictest judgement applies. */
  readonly quiet: boolean
  /** A copy reads in one step and lands in another. */
  readonly slowCopies: boolean
  /** True time at the start. */
  readonly begins: number
  readonly databaseClock: number
  /** How many actions of the scheduler may pass before all come to their end. */
  readonly actions: number
}

/** The largest file that the settings of a scenario allow. */
export const MAX_BYTES = 64

/** Folders that are made as they are needed. */
const FOLDERS = ['a', 'a/b']

/** Few files, few actors, much trouble: draws what a seed stands for. */
export function scenarioOf(random: Random): Scenario {
  // A duel: everybody wants the same file, and little else goes wrong, so that the narrowest races are run often.
  const duel = random.happens(0.3)
  const quiet = random.happens(duel ? 0.5 : 0.3)
  const files = drawFiles(random, duel ? 1 : random.pick([1, 1, 2, 2, 3]))
  const drawClock = duel ? () => 0 : clocks(random)
  const early = duel ? 1 : random.pick([1, 0.7, 0.3])
  // Some runs are about what becomes of persisted assets.
  const entries = random.happens(0.4)
  const uploads = files.map((_, file) => drawUpload(random, file, early, entries))
  const kinds = entries ? drawEntryKinds(random) : drawKinds(random, duel)
  const requests = kinds.map((kind, index) => drawRequest(random, kind, files.length, duel, index))
  const rounds = Array.from(
    { length: duel ? 2 : random.below(6) },
    (): Task => ({ kind: 'upkeep', patient: duel && random.happens(0.7) }),
  )
  const workers = [drawClock(), drawClock()]
  const actors = [...uploads, ...requests, ...rounds].map((task, index) => {
    const clock = task.kind === 'upkeep' ? (workers[index % 2] ?? 0) : drawClock()
    return actorOf(task, index, clock)
  })
  return {
    settings: drawSettings(random),
    files,
    actors,
    chaos: duel ? drawDuel(random, quiet) : drawChaos(random, quiet),
    quiet,
    slowCopies: random.happens(slowness(duel, quiet)),
    begins: Date.UTC(2024, 0, 15, 23, 59, 59, 990) - random.pick([0, 15, 12 * HOUR]),
    databaseClock: drawClock(),
    actions: 40 + random.below(200),
  }
}

/** What is owed shows where nobody dies, what order saves where somebody does. */
function slowness(duel: boolean, quiet: boolean): number {
  if (!duel) return 0.5
  return quiet ? 0.9 : 0.2
}

function drawFiles(random: Random, count: number): File[] {
  return Array.from({ length: count }, (_, index) => {
    const bytes = Buffer.from(`file ${index} `.repeat(index + 1))
    return { name: random.pick(['image.jpg', 'image.jpg', 'image.jpg', 'other.txt']), bytes }
  })
}

function drawUpload(random: Random, file: number, early: number, entries: boolean): Task {
  if (entries && random.happens(0.7)) {
    const flaw = random.happens(0.08) && { flaw: 'too large' as const }
    return { kind: 'create', file, ...flaw, early: random.happens(0.9) }
  }
  const flaw = random.happens(0.08) && { flaw: random.pick(['too large', 'breaks off'] as const) }
  return { kind: 'upload', file, ...flaw, early: random.happens(early) }
}

type RequestKind = Exclude<Task['kind'], 'upload' | 'create' | 'upkeep'>

/** Requests that meet in the narrowest places. */
const FAMILIES: readonly (readonly RequestKind[])[] = [
  ['persist', 'persist', 'delete'],
  ['persist', 'persist', 'delete'],
  ['persist', 'persist', 'drop'],
  ['persist batch', 'persist batch', 'delete'],
  ['persist batch', 'drop'],
  ['persist batch', 'persist', 'delete'],
]
const KINDS: readonly RequestKind[] = ['persist', 'persist batch', 'drop', 'delete', 'delete', 'deliver']

function drawKinds(random: Random, duel: boolean): readonly RequestKind[] {
  if (duel) return random.pick(FAMILIES)
  const more = Array.from({ length: random.below(2) }, () => random.pick(KINDS))
  if (random.happens(0.5)) return [...random.pick(FAMILIES), ...more]
  return [...more, ...Array.from({ length: 2 + random.below(2) }, () => random.pick(KINDS))]
}

/** Requests about a persisted asset that meet in the narrowest places. */
const ENTRY_FAMILIES: readonly (readonly RequestKind[])[] = [
  ['replace', 'replace', 'read'],
  ['replace', 'replace', 'remove'],
  ['replace', 'hotlink', 'read'],
  ['replace', 'hotlink', 'delete'],
  ['rename', 'rename', 'move'],
  ['rename', 'replace', 'remove'],
  ['move', 'delete folder', 'delete folder', 'remove'],
  ['remove', 'remove', 'hotlink'],
]
const ENTRY_KINDS: readonly RequestKind[] = ['persist', 'replace', 'read', 'rename', 'move', 'hotlink', 'remove']

function drawEntryKinds(random: Random): readonly RequestKind[] {
  const more = Array.from({ length: random.below(3) }, () => random.pick(ENTRY_KINDS))
  return [...random.pick(ENTRY_FAMILIES), ...more]
}

function drawRequest(random: Random, kind: RequestKind, files: number, duel: boolean, index: number): Task {
  const file = random.below(files)
  switch (kind) {
    case 'replace':
      return { kind, file, content: `content ${index} of ${file}` }
    case 'rename':
      return { kind, file, name: random.pick(['image.jpg', 'other.txt', 'new.css']) }
    case 'move':
      return { kind, file, folder: random.pick(FOLDERS) }
    case 'delete folder':
      return { kind, folder: random.pick(FOLDERS) }
  }
  // A patient one comes when the asset was persisted.
  if (kind === 'delete') return { kind, file, patient: duel || random.happens(0.5) }
  if (kind !== 'persist batch') return { kind, file }
  const others = Array.from({ length: files }, (_, index) => index).filter(() => random.happens(0.8))
  return { kind, files: [file, ...others] }
}

function drawSettings(random: Random): Settings {
  return {
    bucket: 'keepsake',
    publicUrl: 'http://localhost',
    cdnBaseUrl: 'http://localhost/cdn',
    maxUploadBytes: MAX_BYTES,
    allowedTypes: ['*/*'],
    uploadTimeout: HOUR,
    idleTimeout: MINUTE,
    tempTtl: random.pick([MINUTE, HOUR, DAY]),
    persistLease: MINUTE,
    purgeDelay: random.pick([0, 0, 0, HOUR]),
  }
}

function drawChaos(random: Random, quiet: boolean): Chaos {
  const isRough = !quiet && random.happens(0.7)
  return {
    fault: isRough ? random.pick([0.02, 0.08, 0.2]) : 0,
    late: isRough && random.happens(0.5),
    kill: quiet ? 0 : random.pick([0, 0.01, 0.03]),
    jump: random.pick([0.01, 0.03, 0.1]),
    recover: random.pick([0, 0.01, 0.05]),
    freeze: random.pick([0, 0.05, 0.1, 0.2]),
    slowAnswer: random.pick([0, 0.1]),
    stickiness: random.pick([0, 0.5, 0.85]),
  }
}

function drawDuel(random: Random, quiet: boolean): Chaos {
  const calm = { fault: quiet ? 0 : random.pick([0, 0, 0.08]), late: false, slowAnswer: 0 }
  const kill = quiet ? 0 : 0.01
  return {
    ...calm,
    kill,
    jump: 0.01,
    recover: random.pick([0, 0, 0.02]),
    freeze: 0.25,
    stickiness: random.pick([0, 0.5]),
  }
}

/** Most runs have right clocks; in the others they are minutes to hours apart. */
function clocks(random: Random): () => number {
  if (random.happens(0.6)) return () => 0
  const errors = [0, 0, 1, -1, 30 * SECOND, -30 * SECOND, 5 * MINUTE, -5 * MINUTE, 2 * HOUR, -2 * HOUR]
  return () => random.pick(errors)
}

/** A record remembers a broken upload for a day, everything else that still may write for seven; clocks may take hours off that. */
function actorOf(task: Task, index: number, clock: number): Actor<Task> {
  const isArrival = task.kind === 'upload' || task.kind === 'create' || task.kind === 'replace'
  const patience = isArrival ? 18 * HOUR : 6 * DAY
  const about = 'file' in task ? ` ${task.file}` : 'files' in task ? ` ${task.files.join('+')}` : ''
  return { name: `${index} ${task.kind}${about}`, task, clock, patience, startedAt: 0, fate: 'waiting', parked: [] }
}
