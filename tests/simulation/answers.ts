import { type Asset, isDead } from '@keepsake/shared/domain/asset'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import { isLate } from '@keepsake/shared/domain/transitions'
import { type Actor, codeOf } from './actors.ts'
import type { Scenario, Task } from './scenario.ts'
import { BrokenPromise, type History, type Watch } from './watch.ts'
import type { World } from './world.ts'

/** What a task may answer beside OK when nothing of ours fails. */
const REFUSALS: Readonly<Record<Task['kind'], readonly string[]>> = {
  upload: ['UPLOAD_TIMEOUT', 'FILE_TOO_LARGE', 'MULTIPART_BROKEN'],
  persist: ['ASSET_NOT_FOUND'],
  'persist batch': ['ASSET_NOT_FOUND'],
  drop: [],
  delete: ['ASSET_BUSY'],
  deliver: ['ASSET_NOT_FOUND'],
  create: ['NAME_TAKEN', 'UPLOAD_TIMEOUT', 'FILE_TOO_LARGE'],
  replace: ['ASSET_NOT_FOUND', 'UPLOAD_TIMEOUT'],
  hotlink: ['ASSET_NOT_FOUND'],
  rename: ['ASSET_NOT_FOUND', 'NAME_TAKEN'],
  move: ['ASSET_NOT_FOUND', 'NAME_TAKEN', 'FOLDER_NOT_FOUND'],
  remove: ['ASSET_NOT_FOUND'],
  read: ['ASSET_NOT_FOUND', 'CONTENT_REPLACED'],
  'delete folder': ['FOLDER_NOT_FOUND', 'FOLDER_NOT_EMPTY'],
  upkeep: [],
}
const DAY = 24 * 60 * 60 * 1000
const OUT_OF_REACH = ['UNAVAILABLE', 'OUTCOME_UNKNOWN']

/** What the judgement of answers is based on. */
export interface Evidence {
  readonly world: World
  readonly scenario: Scenario
  readonly watch: Watch
  /** The record that a request is about, as it stood when the request began. */
  readonly beginnings: Map<Actor<Task>, Asset | undefined>
}

/** An answer must be true at the moment it is given. Throws when it is not. */
export function judgeAnswer(evidence: Evidence, actor: Actor<Task>): void {
  const { outcome, task } = actor
  if (!outcome) return
  const code = codeOf(outcome)
  if (code === 'BUG')
    throw new BrokenPromise(`${actor.name} failed by a bug.`, { cause: 'error' in outcome && outcome.error })
  // Workers abort a batch that nobody decides for a day, as often as that happens.
  const stalled = task.kind === 'persist batch' && evidence.world.time - actor.startedAt > DAY
  const allowed = ['OK', ...REFUSALS[task.kind], ...(evidence.scenario.quiet && !stalled ? [] : OUT_OF_REACH)]
  if (!allowed.includes(code))
    throw new BrokenPromise(`${actor.name} answered ${code}.`, { cause: 'error' in outcome && outcome.error })

  if (code === 'OK') judgeSuccess(evidence, actor, 'value' in outcome ? outcome.value : undefined)
  if (code === 'ASSET_NOT_FOUND') judgeNotFound(evidence, actor, 'error' in outcome ? outcome.error : undefined)
  const isOver = code === 'OK' || !evidence.scenario.quiet || (task.kind !== 'upload' && task.kind !== 'create')
  if (isOver) return
  const state = recordOf(evidence, task.file)?.state
  if (state !== undefined && state !== 'expired') throw new BrokenPromise(`${actor.name} was refused and is ${state}.`)
}

function judgeSuccess(evidence: Evidence, actor: Actor<Task>, value: unknown): void {
  const { task } = actor
  if (task.kind === 'upkeep' || task.kind === 'delete folder') return
  if (task.kind === 'deliver' || task.kind === 'read') {
    judgeDelivery(evidence, actor, task.file, value)
    return
  }
  const files = task.kind === 'persist batch' ? task.files : [task.file]
  for (const file of files) {
    const history = evidence.watch.historyOf(file)
    const record = recordOf(evidence, file)
    const wrong = (what: string) => new BrokenPromise(`${actor.name} answered OK, but asset ${file} ${what}.`)
    if (!history) throw wrong('has no record')
    if (task.kind === 'upload' && !history.states.has('temporary')) throw wrong('never was temporary')
    if (isPersist(task) && !history.states.has('persisted')) throw wrong('never was persisted')
    const removes = task.kind === 'remove' || (task.kind === 'delete' && !history.wasHotlink)
    if (removes && record && !isDead(record) && record.state !== 'uploading') throw wrong(`is ${record.state}`)
    if (task.kind === 'create' && !history.states.has('persisted')) throw wrong('never was persisted')
    if (task.kind === 'replace' && !history.contents.has(task.content)) throw wrong('never had that content')
    if (task.kind === 'hotlink' && !history.wasHotlink) throw wrong('never was a hotlink')
    if (task.kind === 'drop' && record?.state === 'temporary' && !isHeld(evidence, history)) throw wrong('is temporary')
  }
}

/** Not found is final: whoever says so has seen, or made, the end of the asset. */
function judgeNotFound(evidence: Evidence, actor: Actor<Task>, error: unknown): void {
  const { task } = actor
  if (task.kind === 'read') return
  if (task.kind === 'deliver') {
    judgeUndelivered(evidence, actor, task.file)
    return
  }
  const named = error instanceof KeepsakeError ? error.details.tempAssetIds : undefined
  const files = task.kind === 'persist batch' ? task.files : 'file' in task ? [task.file] : []
  const failed = files.filter((file) => {
    const tempId = evidence.watch.historyOf(file)?.tempId
    return task.kind !== 'persist batch' || (tempId !== undefined && named?.includes(tempId))
  })
  if (failed.length === 0) throw new BrokenPromise(`${actor.name} answered not found and does not say which.`)
  for (const file of failed) {
    const record = recordOf(evidence, file)
    const isHotlink = record?.url !== undefined && task.kind === 'delete'
    if (record && !isDead(record) && record.state !== 'uploading' && !isHotlink) {
      throw new BrokenPromise(`${actor.name} answered not found for asset ${file}, which is ${record.state}.`)
    }
  }
}

/** A reader that is told 404 must have come too early or too late. */
function judgeUndelivered(evidence: Evidence, actor: Actor<Task>, file: number): void {
  const before = evidence.beginnings.get(actor)
  const record = recordOf(evidence, file)
  if (!before || !record || isDead(record) || before.state !== record.state || before.key !== record.key) return
  if (isLate(record, new Date(evidence.world.time + actor.clock))) return
  throw new BrokenPromise(`${actor.name} answered not found for asset ${file}, which is ${record.state}.`)
}

/** A reader gets the bytes that were uploaded, and never those of an asset that was dead before it came. */
function judgeDelivery(evidence: Evidence, actor: Actor<Task>, file: number, bytes: unknown): void {
  const before = evidence.beginnings.get(actor)
  if (!before || isDead(before)) throw new BrokenPromise(`${actor.name} was served asset ${file} after its end.`)
  const contents = evidence.watch.historyOf(file)?.contents
  if (bytes instanceof Uint8Array && contents?.has(Buffer.from(bytes).toString())) return
  throw new BrokenPromise(`${actor.name} was served other bytes than those of asset ${file}.`)
}

function isHeld({ world }: Evidence, { latest }: History): boolean {
  return latest.marks.some((id) => ['committed', 'done'].includes(world.batches.get(id)?.state ?? ''))
}

function isPersist(task: Task): boolean {
  return task.kind === 'persist' || task.kind === 'persist batch'
}

function recordOf({ world, watch }: Evidence, file: number) {
  return world.assets.get(watch.historyOf(file)?.id ?? '')
}
