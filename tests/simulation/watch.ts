import { createHash } from 'node:crypto'
import { type Asset, type AssetState, isDead, keysOf, temporaryKey, usedKeys } from '@keepsake/shared/domain/asset'
import type { Actor } from './actors.ts'
import type { File, Task } from './scenario.ts'
import type { World } from './world.ts'

/** Something that was promised did not hold. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise'
}

/** What became of the record of one file. */
export interface History {
  readonly id: string
  readonly tempId: string
  readonly file: number
  readonly states: Set<AssetState>
  /** Everything that readers may have got, as text. */
  readonly contents: Set<string>
  wasHotlink: boolean
  latest: Asset
}

/** Where a record may go from a state; a new one may only be uploading. */
const WAYS: Readonly<Record<AssetState, readonly AssetState[]>> = {
  uploading: ['uploading', 'temporary', 'persisted', 'expired'],
  temporary: ['temporary', 'persisting', 'expired', 'deleted'],
  persisting: ['persisting', 'persisted'],
  persisted: ['persisted', 'deleted'],
  expired: ['expired'],
  deleted: ['deleted'],
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Sees the world after every step and throws when a promise that holds at all times does not. */
export class Watch {
  readonly #world: World
  readonly #files: readonly File[]
  readonly #histories = new Map<string, History>()
  readonly #seen = new Map<string, Asset>()
  readonly #owners = new Map<string, string>()
  /** Every key that was ever garbage, and since when it may be deleted. */
  readonly #garbage = new Map<string, number>()
  readonly #bytes = new Map<string, Buffer>()

  constructor(world: World, files: readonly File[]) {
    this.#world = world
    this.#files = files
  }

  /** The records of a file, in the order of their uploads. */
  historyOf(file: number): History | undefined {
    return [...this.#histories.values()].find((history) => history.file === file)
  }

  /** Whether the asset is there, with the bytes that its record tells of unless it points elsewhere. */
  isKept(history: History): boolean {
    const asset = this.#world.assets.get(history.id)
    return asset?.state === 'persisted' && (asset.url !== undefined || this.#holds(asset, asset.key))
  }

  /** Compares the world with what it was; `by` did whatever happened. */
  look(by: Actor<Task>): void {
    for (const asset of this.#world.assets.values()) {
      const before = this.#seen.get(asset.id)
      if (before === asset) continue
      this.#judgeChange(before, asset, by)
      this.#seen.set(asset.id, asset)
    }
    for (const [id, before] of this.#seen) if (!this.#world.assets.has(id)) this.#judgeForgotten(before)
    this.#judgeObjects(by)
    for (const asset of this.#world.assets.values()) this.#judgeRecord(asset)
    this.#judgeUnique()
  }

  /** Nobody shares a place or a number. */
  #judgeUnique(): void {
    const records = [...this.#world.assets.values()]
    for (const member of ['place', 'number'] as const) {
      const values = records.flatMap((asset) => (asset[member] === undefined ? [] : [asset[member]]))
      if (new Set(values).size < values.length) throw new BrokenPromise(`Two assets have the same ${member}.`)
    }
  }

  #judgeChange(before: Asset | undefined, asset: Asset, by: Actor<Task>): void {
    const history = this.#historyOf(asset, by)
    history.states.add(asset.state)
    history.latest = asset
    history.wasHotlink ||= asset.url !== undefined
    const object = asset.key === undefined ? undefined : this.#world.objects.get(asset.key)
    if (asset.state === 'persisted' && object) history.contents.add(object.bytes.toString())
    for (const { key, after } of asset.garbage) {
      this.#garbage.set(key, Math.min(after.getTime(), this.#garbage.get(key) ?? Number.POSITIVE_INFINITY))
    }
    for (const key of asset.keys) {
      const owner = this.#owners.get(key) ?? asset.id
      if (owner !== asset.id) throw new BrokenPromise(`The key ${key} was used again.`)
      this.#owners.set(key, asset.id)
    }
    if (!before) {
      // An insert that lands again when its record was forgotten already: an upload that nobody sends, it expires like any other.
      this.#garbage.delete(temporaryKey(history.tempId))
      return
    }
    if (asset.version !== before.version + 1) throw new BrokenPromise(`A version of asset ${asset.id} was skipped.`)
    if (!WAYS[before.state].includes(asset.state)) {
      throw new BrokenPromise(`Asset ${asset.id} went from ${before.state} to ${asset.state}.`)
    }
    this.#judgeEnd(before, asset, by)
    this.#judgeFixed(before, asset, by)
  }

  /** Nobody ends an asset who may not, nor before its time, nor while a batch that is decided holds it. */
  #judgeEnd(before: Asset, asset: Asset, by: Actor<Task>): void {
    if (isDead(before) || !isDead(asset)) return
    const { kind } = by.task
    const held = before.marks.some((id) => ['committed', 'done'].includes(this.#world.batches.get(id)?.state ?? ''))
    if (held) throw new BrokenPromise(`Asset ${asset.id} ended although a committed batch holds it.`)
    if (asset.state === 'deleted') {
      const may = kind === 'delete' || kind === 'remove' || (kind === 'drop' && before.state === 'temporary')
      if (!may) throw new BrokenPromise(`A ${kind} deleted asset ${asset.id}, which was ${before.state}.`)
      return
    }
    const refuses = (kind === 'upload' || kind === 'create') && before.state === 'uploading'
    if (refuses || (before.deadline && before.deadline.getTime() <= this.#earliestClock(by))) return
    throw new BrokenPromise(`Asset ${asset.id} expired before its deadline.`)
  }

  #judgeFixed(before: Asset, asset: Asset, by: Actor<Task>): void {
    if (before.state !== 'persisting' && before.state !== 'persisted') return
    const mayReplace = by.task.kind === 'replace' || by.task.kind === 'hotlink'
    const isOther = before.key !== asset.key && !(before.state === 'persisted' && mayReplace)
    if (isOther || before.createdAt.getTime() !== asset.createdAt.getTime())
      throw new BrokenPromise(`The key or the date of asset ${asset.id} changed after its claim.`)
    if (before.number !== undefined && before.number !== asset.number) {
      throw new BrokenPromise(`The number of asset ${asset.id} changed.`)
    }
    if (mayReplace || before.key !== asset.key || before.state === 'persisted') return
    const date = before.createdAt.toISOString().slice(0, 10).replaceAll('-', '/')
    if (!asset.key?.startsWith(`uploads/${date}/`)) throw new BrokenPromise(`${asset.key} is not dated ${date}.`)
  }

  #judgeForgotten(before: Asset): void {
    this.#seen.delete(before.id)
    if (!isDead(before)) throw new BrokenPromise(`Asset ${before.id} was forgotten while it was ${before.state}.`)
    if (before.garbage.length > 0) throw new BrokenPromise(`Asset ${before.id} was forgotten with debts.`)
  }

  /** Bytes never change, and are never without a record that leads to them; what may be restored stays for its time. */
  #judgeObjects(by: Actor<Task>): void {
    const { objects, assets } = this.#world
    const records = [...assets.values()]
    for (const [key, { bytes }] of objects) {
      const before = this.#bytes.get(key) ?? bytes
      if (!before.equals(bytes)) throw new BrokenPromise(`The bytes of ${key} changed.`)
      this.#bytes.set(key, bytes)
      if (!records.some((asset) => keysOf(asset).includes(key))) {
        throw new BrokenPromise(`There are bytes without a record: ${key}.`)
      }
    }
    for (const key of this.#bytes.keys()) {
      if (objects.has(key)) continue
      this.#bytes.delete(key)
      const early = (this.#garbage.get(key) ?? Number.POSITIVE_INFINITY) > this.#earliestClock(by)
      if (early) throw new BrokenPromise(`The object ${key} was deleted before its delay was over.`)
    }
  }

  #judgeRecord(asset: Asset): void {
    const used = usedKeys(asset)
    const contested = used.find((key) => this.#garbage.has(key))
    if (contested) throw new BrokenPromise(`The key ${contested} is in use and was garbage.`)
    const temporary = asset.tempId ? this.#holds(asset, temporaryKey(asset.tempId)) : false
    const whole =
      isDead(asset) ||
      asset.state === 'uploading' ||
      asset.url !== undefined ||
      (asset.state === 'persisted' ? this.#holds(asset, asset.key) : temporary) ||
      (asset.state === 'persisting' && this.#holds(asset, asset.key))
    if (!whole) throw new BrokenPromise(`The bytes of asset ${asset.id}, which is ${asset.state}, are missing.`)
  }

  #holds(asset: Asset, key: string | undefined): boolean {
    const object = key === undefined ? undefined : this.#world.objects.get(key)
    return object !== undefined && hashOf(object.bytes) === asset.content?.sha256
  }

  #historyOf(asset: Asset, by: Actor<Task>): History {
    const known = this.#histories.get(asset.id)
    if (known) return known
    const { task } = by
    if ((task.kind !== 'upload' && task.kind !== 'create') || asset.state !== 'uploading') {
      throw new BrokenPromise(`A ${by.task.kind} made asset ${asset.id}, which is ${asset.state}.`)
    }
    const { id, tempId = 'none' } = asset
    // A temporary asset shows what was uploaded.
    const contents = new Set(this.#files.slice(task.file, task.file + 1).map(({ bytes }) => bytes.toString()))
    const about = { contents, wasHotlink: false, latest: asset }
    const history = { id, tempId, file: task.file, states: new Set<AssetState>(), ...about }
    this.#histories.set(id, history)
    return history
  }

  /** A worker goes by the earlier of its own clock and the database's. */
  #earliestClock(by: Actor<Task>): number {
    const { time, databaseClock } = this.#world
    return time + (by.task.kind === 'upkeep' ? Math.min(by.clock, databaseClock) : by.clock)
  }
}
