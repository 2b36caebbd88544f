import type { QueryFilter } from 'mongoose'
import type { Asset } from '../../domain/asset.ts'
import type { AssetQuery } from '../../domain/asset-query.ts'
import { KeepsakeError } from '../../domain/errors.ts'
import type { AssetListing, AssetPage, AssetPosition, AssetRepository } from '../../ports/asset-repository.ts'
import type { AssetUpkeep } from '../../ports/asset-upkeep.ts'
import { type AssetDocument, toAsset, toDocument, updateTo } from './asset-document.ts'
import { BlockChanges } from './block-changes.ts'
import { BlockCounts } from './block-counts.ts'
import { dueBy } from './due-by.ts'
import { insertDocument } from './insert-document.ts'
import { listPersisted } from './list-persisted.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { violatedIndex } from './mongo-error.ts'
import { NumberCounter } from './number-counter.ts'
import { isSameDocument } from './same-document.ts'
import { OPERATION } from './schema-options.ts'

type Filter = QueryFilter<AssetDocument>

/** Records of assets in MongoDB. */
export class MongoAssets implements AssetRepository, AssetUpkeep {
  readonly #database: MongoDatabase
  readonly #counter: NumberCounter
  readonly #changes: BlockChanges
  readonly #blocks: BlockCounts

  /** `elapsed` is a clock that never goes back, in milliseconds. */
  constructor(database: MongoDatabase, elapsed: () => number = () => performance.now()) {
    this.#database = database
    this.#counter = new NumberCounter(database)
    this.#changes = new BlockChanges(database, elapsed)
    this.#blocks = new BlockCounts(database, elapsed)
  }

  async insert(asset: Asset): Promise<void> {
    const document = toDocument(asset)
    await this.#changes.inserting(asset, async () => {
      try {
        await this.#database.write(() => insertDocument(this.#database.assets, document))
      } catch (error) {
        const index = violatedIndex(error)
        if (index === undefined) throw error
        // It may be our own, inserted when nobody heard the answer, and changed since.
        const stored = await this.#findDocument({ _id: asset.id })
        if (!stored) throw takenError(index, error)
        const isChanged = stored.version > document.version
        if (!isChanged && !isSameDocument(stored, document)) throw error
      }
    })
  }

  async replace(next: Asset): Promise<boolean> {
    return this.#changes.replacing(next, async () => {
      const filter = { _id: next.id, version: next.version - 1 }
      const update = updateTo(next)
      try {
        const { matchedCount } = await this.#database.write(() =>
          this.#database.assets.updateOne(filter, update, { runValidators: true }).maxTimeMS(OPERATION),
        )
        return matchedCount === 1
      } catch (error) {
        const index = violatedIndex(error)
        throw index === undefined ? error : takenError(index, error)
      }
    })
  }

  async find(id: string): Promise<Asset | undefined> {
    return this.#findOne({ _id: id })
  }

  async findByTempId(tempId: string): Promise<Asset | undefined> {
    return this.#findOne({ tempId })
  }

  async findByKey(key: string): Promise<Asset | undefined> {
    return this.#findOne({ key })
  }

  async findByNumber(projectId: string, number: number): Promise<Asset | undefined> {
    return this.#findOne({ projectId, number })
  }

  async list(projectId: string, query: AssetQuery): Promise<AssetPage> {
    return listPersisted(this.#database, this.#blocks, projectId, query)
  }

  async holdsAny(projectId: string, folder: string): Promise<boolean> {
    const path = folder === '' ? projectId : `${projectId}/${folder}`
    // `0` is what follows the slash.
    const held = await this.#findDocument({ place: { $gte: `${path}/`, $lt: `${path}0` } })
    return held !== undefined
  }

  async listNewest(projectId: string, { state, after, now, limit }: AssetListing): Promise<Asset[]> {
    const shown = { projectId, url: { $exists: false }, deadline: { $not: { $lte: now } } }
    const found = await this.#findNewest({ ...shown, state }, limit, after)
    if (state === 'persisted') return found
    // After the others: one that is claimed in between is found twice, not never.
    const claimed = await this.#findNewest({ ...shown, state: 'persisting' }, limit, after)
    const byId = new Map([...found, ...claimed].map((asset) => [asset.id, asset]))
    return [...byId.values()].sort(newestFirst).slice(0, limit)
  }

  async takeNumber(projectId: string): Promise<number> {
    return this.#changes.taking(projectId, () => this.#counter.take(projectId))
  }

  async check(): Promise<void> {
    await this.#database.check()
  }

  async findDue(now: Date, limit: number, after?: Pick<Asset, 'id' | 'dueAt'>): Promise<Asset[]> {
    const oldestFirst = { dueAt: 1, _id: 1 } as const
    if (!after?.dueAt) return this.#findMany({ dueAt: dueBy(now) }, oldestFirst, limit)
    if (after.dueAt > now) return []
    const same = await this.#findMany({ dueAt: after.dueAt, _id: { $gt: after.id } }, oldestFirst, limit)
    if (same.length >= limit) return same
    const later = { dueAt: { $gt: after.dueAt, $lte: now } }
    return [...same, ...(await this.#findMany(later, oldestFirst, limit - same.length))]
  }

  async forget(asset: Asset): Promise<boolean> {
    const { deletedCount } = await this.#database.write(() =>
      this.#database.assets.deleteOne({ _id: asset.id, version: asset.version }).maxTimeMS(OPERATION),
    )
    return deletedCount === 1
  }

  async now(): Promise<Date> {
    return this.#database.now()
  }

  async #findOne(filter: Filter): Promise<Asset | undefined> {
    const document = await this.#findDocument(filter)
    return document && toAsset(document)
  }

  async #findDocument(filter: Filter): Promise<AssetDocument | undefined> {
    const found = await this.#database.read(() => this.#database.assets.findOne(filter).lean().maxTimeMS(OPERATION))
    return found ?? undefined
  }

  /** Two ranges of the index instead of an `$or`, which not every server reads in order. */
  async #findNewest(filter: Filter, limit: number, after?: AssetPosition): Promise<Asset[]> {
    const order = { createdAt: -1, _id: -1 } as const
    if (!after) return this.#findMany(filter, order, limit)
    const { createdAt, id } = after
    const same = await this.#findMany({ ...filter, createdAt, _id: { $lt: id } }, order, limit)
    if (same.length >= limit) return same
    const older = { ...filter, createdAt: { $lt: createdAt } }
    return [...same, ...(await this.#findMany(older, order, limit - same.length))]
  }

  async #findMany(filter: Filter, order: Readonly<Record<string, 1 | -1>>, limit: number): Promise<Asset[]> {
    const found = await this.#database.read(() =>
      this.#database.assets.find(filter).sort(order).limit(limit).lean().maxTimeMS(OPERATION),
    )
    return found.map(toAsset)
  }
}

function newestFirst(a: Asset, b: Asset): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1)
}

/** What a violated unique index of records means: KEY_TAKEN, NAME_TAKEN, or the failure itself. */
export function takenError(index: string, cause: unknown): unknown {
  switch (index) {
    case 'assets_by_key':
    case 'assets_by_claimed_key':
      return new KeepsakeError('KEY_TAKEN', 'Another asset has claimed that key.', { cause })
    case 'assets_by_place':
      return new KeepsakeError('NAME_TAKEN', 'Another asset has that name in that folder.', { cause })
    default:
      return cause
  }
}
