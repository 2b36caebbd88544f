import { type Asset, isDead } from '../../domain/asset.ts'
import { isCode } from '../../domain/errors.ts'
import { BLOCK_SIZE, type BlockCount, countBlocks } from './count-blocks.ts'
import type { BlockDocument } from './counter-document.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { violatedIndex } from './mongo-error.ts'
import { OPERATION } from './schema-options.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** A number that was taken longer ago may belong to a block that somebody has counted since. */
const PROMPT = 10 * SECOND
/** A block is counted for good only when it has been full for so long: far beyond what a prompt commit takes, whoever's clock it is. */
const SETTLED = 2 * MINUTE
/** A change whose process has died ends here. */
const LONGEST_CHANGE = 10 * MINUTE
/** A count is believed for so long: should a process have slept through all of the above, its mistake is mended then. */
const BELIEVED = 60 * MINUTE

/**
 * How many assets of a project are listed, block by block. Stored counts are a cache that readers make; a commit costs nothing more for it.
 * It is exact because a count is stored only for a block whose numbers were all given away minutes ago, and every change of such a block
 * is announced before it is made: an asset that leaves the list, and a commit whose number was not taken just now. An announcement takes
 * the count away and raises `changes`; a reader stores what it counted only if `changes` is what it was and nothing is announced.
 */
export class BlockCounts {
  readonly #database: MongoDatabase
  /** When this process took the numbers that no record has yet, oldest first. */
  readonly #taken = new Map<string, number>()

  constructor(database: MongoDatabase) {
    this.#database = database
  }

  /** This process is about to commit a record with that number. */
  numberTaken(projectId: string, number: number): void {
    const now = performance.now()
    for (const [name, at] of this.#taken) {
      if (now - at < BELIEVED) break
      this.#taken.delete(name)
    }
    this.#taken.set(`${projectId}/${number}`, now)
  }

  /** Does `work`, which stores `next`; announces it where it may change the count of a block that was counted. */
  async during<T>(next: Asset, work: () => Promise<T>): Promise<T> {
    const { projectId, number } = next
    if (number === undefined || !(await this.#mayChangeCount(next, `${projectId}/${number}`))) return work()
    const block = Math.floor(number / BLOCK_SIZE)
    const _id = `${projectId}/${block}`
    const announced = { $inc: { pending: 1, changes: 1 }, $unset: { live: 1, countedAt: 1 } }
    await this.#update({ _id }, { ...announced, $set: { projectId, block, pendingAt: new Date() } }, true)
    try {
      return await work()
    } finally {
      await this.#end(_id)
    }
  }

  /** The blocks that have listed assets, in order. */
  async read(projectId: string): Promise<readonly BlockCount[]> {
    const now = Date.now()
    const [counter, known] = await this.#database.read(() =>
      Promise.all([
        this.#database.counters.findById(projectId).lean().maxTimeMS(OPERATION),
        this.#database.blocks.find({ projectId }).sort({ block: 1 }).lean().maxTimeMS(OPERATION),
      ]),
    )
    const stored = known.filter((block) => isBelieved(block, now))
    const counted = await countBlocks(this.#database, projectId, stored)
    const full = Math.floor(((counter?.number ?? 0) + 1) / BLOCK_SIZE)
    await this.#store(projectId, { full, now, known, stored, counted })
    return [...stored.map(({ block, live = 0 }) => ({ block, live })), ...counted]
      .filter(({ live }) => live > 0)
      .sort((a, b) => a.block - b.block)
  }

  async #mayChangeCount(next: Asset, name: string): Promise<boolean> {
    const takenAt = this.#taken.get(name)
    if (takenAt !== undefined && next.state === 'persisted') {
      this.#taken.delete(name)
      return performance.now() - takenAt > PROMPT
    }
    // One that was dead already left the list before.
    return isDead(next) && (await this.#isListed(next.id))
  }

  async #isListed(id: string): Promise<boolean> {
    const stored = await this.#database.read(() =>
      this.#database.assets.findById(id).select('state').lean().maxTimeMS(OPERATION),
    )
    return stored?.state === 'persisted'
  }

  /** What was done is done: an announcement that cannot be ended is taken for over by readers, later. */
  async #end(_id: string): Promise<void> {
    try {
      await this.#update({ _id }, { $inc: { pending: -1, changes: 1 } }, false)
    } catch (error) {
      if (!isCode(error, 'UNAVAILABLE')) throw error
    }
  }

  async #store(
    projectId: string,
    {
      full,
      now,
      known,
      stored,
      counted,
    }: {
      readonly full: number
      readonly now: number
      readonly known: readonly BlockDocument[]
      readonly stored: readonly BlockDocument[]
      readonly counted: readonly BlockCount[]
    },
  ): Promise<void> {
    const documents = new Map(known.map((document) => [document.block, document]))
    const believed = new Set(stored.map(({ block }) => block))
    const live = new Map(counted.map((count) => [count.block, count.live]))
    for (let block = 0; block < full; block += 1) {
      if (believed.has(block)) continue
      const document = documents.get(block)
      const _id = `${projectId}/${block}`
      if (!document?.fullAt) {
        await this.#update({ _id }, { $set: { projectId, block, fullAt: new Date(now) } }, true)
      } else if (isAbandoned(document, now)) {
        await this.#update({ _id, changes: document.changes }, { $set: { pending: 0 } }, false)
      } else if (!isPending(document) && now - document.fullAt.getTime() > SETTLED) {
        const unchanged = { _id, changes: document.changes ?? { $exists: false }, pending: { $not: { $gt: 0 } } }
        await this.#update(unchanged, { $set: { live: live.get(block) ?? 0, countedAt: new Date(now) } }, false)
      }
    }
  }

  async #update(filter: object, update: object, upsert: boolean): Promise<void> {
    const run = () =>
      this.#database.repeatable(() => this.#database.blocks.updateOne(filter, update, { upsert }).maxTimeMS(OPERATION))
    try {
      await run()
    } catch (error) {
      // Another process made the document at the same moment.
      if (violatedIndex(error) === undefined) throw error
      await run()
    }
  }
}

function isBelieved({ live, countedAt }: BlockDocument, now: number): boolean {
  return live !== undefined && countedAt !== undefined && now - countedAt.getTime() < BELIEVED
}

function isPending({ pending = 0 }: BlockDocument): boolean {
  return pending > 0
}

function isAbandoned({ pending = 0, pendingAt }: BlockDocument, now: number): boolean {
  return pending > 0 && pendingAt !== undefined && now - pendingAt.getTime() > LONGEST_CHANGE
}
