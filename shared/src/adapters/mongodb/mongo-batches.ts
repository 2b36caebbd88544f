import type { Batch, BatchState } from '../../domain/batch.ts'
import type { BatchRepository, BatchUpkeep } from '../../ports/batch-repository.ts'
import type { BatchDocument } from './batch-document.ts'
import { dueBy } from './due-by.ts'
import { insertDocument } from './insert-document.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { violatedIndex } from './mongo-error.ts'
import { OPERATION } from './schema-options.ts'

/** Records of batches in MongoDB. */
export class MongoBatches implements BatchRepository, BatchUpkeep {
  readonly #database: MongoDatabase

  constructor(database: MongoDatabase) {
    this.#database = database
  }

  async insert({ id, ...rest }: Batch): Promise<void> {
    try {
      await this.#database.write(() => insertDocument(this.#database.batches, { _id: id, ...rest }))
    } catch (error) {
      // An id is drawn once: it is our own, inserted when nobody heard the answer.
      if (violatedIndex(error) === undefined) throw error
    }
  }

  async find(id: string): Promise<Batch | undefined> {
    const found = await this.#database.read(() => this.#database.batches.findById(id).lean().maxTimeMS(OPERATION))
    return found ? toBatch(found) : undefined
  }

  async replace({ id, projectId, members, state, dueAt }: Batch, from: BatchState): Promise<boolean> {
    const next = { $set: { projectId, members, state, dueAt } }
    const { matchedCount } = await this.#database.write(() =>
      this.#database.batches.updateOne({ _id: id, state: from }, next, { runValidators: true }).maxTimeMS(OPERATION),
    )
    return matchedCount === 1
  }

  async findDue(now: Date, limit: number, after?: Pick<Batch, 'id' | 'dueAt'>): Promise<Batch[]> {
    if (!after) return this.#findMany({ dueAt: dueBy(now) }, limit)
    if (after.dueAt > now) return []
    const same = await this.#findMany({ dueAt: after.dueAt, _id: { $gt: after.id } }, limit)
    if (same.length >= limit) return same
    return [...same, ...(await this.#findMany({ dueAt: { $gt: after.dueAt, $lte: now } }, limit - same.length))]
  }

  async forget(id: string): Promise<void> {
    await this.#database.repeatable(() =>
      this.#database.batches.deleteOne({ _id: id, state: { $in: ['aborted', 'done'] } }).maxTimeMS(OPERATION),
    )
  }

  async #findMany(filter: object, limit: number): Promise<Batch[]> {
    const found = await this.#database.read(() =>
      this.#database.batches.find(filter).sort({ dueAt: 1, _id: 1 }).limit(limit).lean().maxTimeMS(OPERATION),
    )
    return found.map(toBatch)
  }
}

/** The batch that a document holds. */
export function toBatch({ _id, projectId, members, state, dueAt }: BatchDocument): Batch {
  return { id: _id, projectId, members, state, dueAt }
}
