import type { AccessKey } from '../../domain/access-key.ts'
import type { Asset } from '../../domain/asset.ts'
import type { Batch } from '../../domain/batch.ts'
import type { Folder } from '../../domain/folder.ts'
import type { Project } from '../../domain/project.ts'
import type { Counter, TransferSource } from '../../ports/transfer-source.ts'
import type { TransferTarget } from '../../ports/transfer-target.ts'
import { toAsset, updateTo } from './asset-document.ts'
import { takenError } from './mongo-assets.ts'
import { toBatch } from './mongo-batches.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { violatedIndex } from './mongo-error.ts'
import { toFolder } from './mongo-folders.ts'
import { toAccessKey, toProject } from './mongo-projects.ts'
import { OPERATION } from './schema-options.ts'

const UPSERT = { upsert: true, runValidators: true }

/** All that a database of MongoDB holds, for a transfer from it or into it. */
export class MongoTransfer implements TransferSource, TransferTarget {
  readonly #database: MongoDatabase

  constructor(database: MongoDatabase) {
    this.#database = database
  }

  async readProjects(): Promise<Project[]> {
    const { projects } = this.#database
    return (await this.#database.read(() => projects.find().sort({ ordinal: 1 }).lean().maxTimeMS(OPERATION))).map(
      toProject,
    )
  }

  async readAccessKeys(limit: number, after = ''): Promise<AccessKey[]> {
    const { accessKeys } = this.#database
    const behind = { _id: { $gt: after } }
    const found = await this.#database.read(() =>
      accessKeys.find(behind).sort({ _id: 1 }).limit(limit).lean().maxTimeMS(OPERATION),
    )
    return found.map(toAccessKey)
  }

  async readFolders(limit: number, after = { projectId: '', id: 0 }): Promise<Folder[]> {
    const { projectId, id } = after
    const same = await this.#readFolders({ projectId, number: { $gt: id } }, limit)
    if (same.length >= limit) return same
    return [...same, ...(await this.#readFolders({ projectId: { $gt: projectId } }, limit - same.length))]
  }

  async readAssets(limit: number, after = ''): Promise<Asset[]> {
    const { assets } = this.#database
    const behind = { _id: { $gt: after } }
    const found = await this.#database.read(() =>
      assets.find(behind).sort({ _id: 1 }).limit(limit).lean().maxTimeMS(OPERATION),
    )
    return found.map(toAsset)
  }

  async readBatches(limit: number, after = ''): Promise<Batch[]> {
    const { batches } = this.#database
    const behind = { _id: { $gt: after } }
    const found = await this.#database.read(() =>
      batches.find(behind).sort({ _id: 1 }).limit(limit).lean().maxTimeMS(OPERATION),
    )
    return found.map(toBatch)
  }

  async readCounters(): Promise<Counter[]> {
    const { counters } = this.#database
    const found = await this.#database.read(() => counters.find().sort({ _id: 1 }).lean().maxTimeMS(OPERATION))
    return found.map(({ _id, number = 0, folder = 0 }) => ({ projectId: _id, number, folder }))
  }

  async storeProject({ id, ...rest }: Project): Promise<void> {
    const { projects } = this.#database
    const last = await this.#database.read(() => projects.findOne().sort({ ordinal: -1 }).lean().maxTimeMS(OPERATION))
    const ordinal = (last?.ordinal ?? 0) + 1
    await this.#database.repeatable(() =>
      projects.updateOne({ _id: id }, { $set: rest, $setOnInsert: { ordinal } }, UPSERT).maxTimeMS(OPERATION),
    )
  }

  async storeAccessKey({ id, hash, projectId, type, name, hint, createdAt, revokedAt }: AccessKey): Promise<void> {
    const first = { _id: id, projectId, type, hint, createdAt }
    const change = { $set: { name, ...(revokedAt && { revokedAt }) }, $setOnInsert: first }
    await this.#database.repeatable(() =>
      this.#database.accessKeys.updateOne({ hash }, change, UPSERT).maxTimeMS(OPERATION),
    )
  }

  async storeFolder({ id, ...rest }: Folder): Promise<void> {
    const _id = `${rest.projectId}/${id}`
    await this.#database.repeatable(() =>
      this.#database.folders.updateOne({ _id }, { $set: { ...rest, number: id } }, UPSERT).maxTimeMS(OPERATION),
    )
  }

  async overwriteAsset(asset: Asset, over: number): Promise<boolean> {
    const filter = { _id: asset.id, version: over }
    try {
      const { matchedCount } = await this.#database.write(() =>
        this.#database.assets.updateOne(filter, updateTo(asset), { runValidators: true }).maxTimeMS(OPERATION),
      )
      return matchedCount === 1
    } catch (error) {
      const index = violatedIndex(error)
      throw index === undefined ? error : takenError(index, error)
    }
  }

  async findByPlace(place: string): Promise<Asset | undefined> {
    const { assets } = this.#database
    const found = await this.#database.read(() => assets.findOne({ place }).lean().maxTimeMS(OPERATION))
    return found ? toAsset(found) : undefined
  }

  async storeBatch({ id, ...rest }: Batch): Promise<void> {
    await this.#database.repeatable(() =>
      this.#database.batches.updateOne({ _id: id }, { $set: rest }, UPSERT).maxTimeMS(OPERATION),
    )
  }

  async removeBatch(id: string): Promise<void> {
    await this.#database.repeatable(() => this.#database.batches.deleteOne({ _id: id }).maxTimeMS(OPERATION))
  }

  async raiseCounter({ projectId, number, folder }: Counter): Promise<void> {
    await this.#database.repeatable(() =>
      this.#database.counters
        .updateOne({ _id: projectId }, { $max: { number, folder } }, { upsert: true })
        .maxTimeMS(OPERATION),
    )
    // What was counted before the transfer is not so any more.
    await this.#database.repeatable(() => this.#database.blocks.deleteMany({ projectId }).maxTimeMS(OPERATION))
  }

  async #readFolders(filter: object, limit: number): Promise<Folder[]> {
    const { folders } = this.#database
    const found = await this.#database.read(() =>
      folders.find(filter).sort({ projectId: 1, number: 1 }).limit(limit).lean().maxTimeMS(OPERATION),
    )
    return found.map(toFolder)
  }
}
