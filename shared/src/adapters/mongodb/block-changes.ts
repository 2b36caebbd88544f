import { type Asset, isDead } from '../../domain/asset.ts'
import { isCode } from '../../domain/errors.ts'
import { blockId, blockOf } from './count-blocks.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { OPERATION } from './schema-options.ts'

const SECOND = 1_000

/** A number that was taken longer ago may belong to a block that somebody has counted since. */
const PROMPT = 10 * SECOND

/** A number that is not in use after so long never will be: its asset was given up. */
const LOST = 3_600 * SECOND

/** What changes how many assets of a block are listed: the half of the protocol that writes. See `BlockCounts` for why it is enough. */
export class BlockChanges {
  readonly #database: MongoDatabase
  readonly #elapsed: () => number
  /** When this process asked for the numbers that no record has yet, oldest first. */
  readonly #asked = new Map<string, number>()

  /** `elapsed` is a clock that never goes back, in milliseconds. */
  constructor(database: MongoDatabase, elapsed: () => number) {
    this.#database = database
    this.#elapsed = elapsed
  }

  /** Remembers when `take` was asked for its number: from then on it may have been given away. */
  async taking(projectId: string, take: () => Promise<number>): Promise<number> {
    const now = this.#elapsed()
    for (const [name, at] of this.#asked) {
      if (now - at < LOST) break
      this.#asked.delete(name)
    }
    const number = await take()
    this.#asked.set(nameOf(projectId, number), now)
    return number
  }

  /** Does `store`, which inserts `asset`. */
  async inserting(asset: Asset, store: () => Promise<void>): Promise<void> {
    const isListed = asset.state === 'persisted' && !this.#isPrompt(asset)
    await this.#changing(asset, isListed, async () => {
      await store()
      return true
    })
  }

  /** Does `store`, which replaces a record by `next`; passes on whether it did. */
  async replacing(next: Asset, store: () => Promise<boolean>): Promise<boolean> {
    return this.#changing(next, await this.#movesCount(next), store)
  }

  async #movesCount(next: Asset): Promise<boolean> {
    if (next.number === undefined) return false
    if (isDead(next)) return this.#isListed(next.id)
    // One whose number was not taken here has been listed all along.
    return this.#asked.has(nameOf(next.projectId, next.number)) && !this.#isPrompt(next)
  }

  async #changing(asset: Asset, isAnnounced: boolean, store: () => Promise<boolean>): Promise<boolean> {
    const { projectId, number } = asset
    if (number === undefined) return store()
    const isStored = await (isAnnounced ? this.#announced(projectId, blockOf(number), store) : store())
    // Not before: a change that was lost or whose outcome is unknown is tried again, later.
    if (isStored) this.#asked.delete(nameOf(projectId, number))
    return isStored
  }

  async #announced(projectId: string, block: number, store: () => Promise<boolean>): Promise<boolean> {
    const _id = blockId(projectId, block)
    const begin = {
      $inc: { pending: 1, changes: 1 },
      $unset: { live: 1, countedAt: 1 },
      $set: { projectId, block, pendingAt: new Date() },
    }
    await this.#database.upsert(() =>
      this.#database.blocks.updateOne({ _id }, begin, { upsert: true }).maxTimeMS(OPERATION),
    )
    let isOver = true
    try {
      return await store()
    } catch (error) {
      // It may still be done, at a time that nobody knows.
      isOver = !isCode(error, 'OUTCOME_UNKNOWN')
      throw error
    } finally {
      if (isOver) await this.#end(_id)
    }
  }

  /** What was done is done: an announcement that cannot be ended is taken for abandoned by readers, later. */
  async #end(_id: string): Promise<void> {
    const end = { $inc: { pending: -1, changes: 1 } }
    try {
      await this.#database.repeatable(() =>
        this.#database.blocks.updateOne({ _id, pending: { $gt: 0 } }, end).maxTimeMS(OPERATION),
      )
    } catch (error) {
      if (!isCode(error, 'UNAVAILABLE')) throw error
    }
  }

  #isPrompt({ projectId, number = 0 }: Asset): boolean {
    const at = this.#asked.get(nameOf(projectId, number))
    return at !== undefined && this.#elapsed() - at <= PROMPT
  }

  /** One that was dead already left the list before. */
  async #isListed(id: string): Promise<boolean> {
    const stored = await this.#database.read(() =>
      this.#database.assets.findById(id).select('state').lean().maxTimeMS(OPERATION),
    )
    return stored?.state === 'persisted'
  }
}

function nameOf(projectId: string, number: number): string {
  return `${projectId}/${number}`
}
