import { isCode } from '../../domain/errors.ts'
import { BLOCK_SIZE, type BlockCount, blockId, countBlocks } from './count-blocks.ts'
import type { BlockDocument } from './counter-document.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { violatedIndex } from './mongo-error.ts'
import { OPERATION } from './schema-options.ts'

const MINUTE = 60_000

/** A block is counted for good when all of its numbers were given away so long ago: far more than a commit takes that is not announced. */
const SETTLED = MINUTE
/** A change whose process has died ends here. */
const LONGEST_CHANGE = 10 * MINUTE
/** A count that is older is made again, of a few blocks at a time. */
const BELIEVED = 60 * MINUTE
const RECOUNTS = 8

/** What this process has seen of a project's numbers, and when. */
interface Sighting {
  /** All of them up to this one were given away at least `SETTLED` ago. */
  readonly settled: number
  readonly number: number
  readonly at: number
}

/**
 * How many assets of a project are listed, block by block. Stored counts are a cache that readers make; a persist costs no write for it.
 *
 * A count that is stored is exact because nothing changes it unseen. (1) Every number of its block was seen as given away a minute before
 * the records were counted, and an asset enters the list within seconds after its number was taken, or announces it: so nothing that was
 * under way at the time of the count enters unannounced. (2) An asset that leaves the list announces it, always. (3) An announcement comes
 * before the change, takes the count away and raises `changes`; its end raises `changes` again; and a reader stores only what it counted
 * while `changes` stayed the same and nothing was announced. A change whose outcome is unknown stays announced. What breaks this is a
 * process that stands still for a minute between two steps of a persist, or for ten within a change: so counts are made again every hour.
 */
export class BlockCounts {
  readonly #database: MongoDatabase
  readonly #elapsed: () => number
  readonly #sightings = new Map<string, Sighting>()

  /** `elapsed` is a clock that never goes back, in milliseconds. */
  constructor(database: MongoDatabase, elapsed: () => number) {
    this.#database = database
    this.#elapsed = elapsed
  }

  /** The blocks that have listed assets, in order. */
  async read(projectId: string): Promise<readonly BlockCount[]> {
    const [counter, known] = await this.#database.read(() =>
      Promise.all([
        this.#database.counters.findById(projectId).lean().maxTimeMS(OPERATION),
        this.#database.blocks.find({ projectId }).sort({ block: 1 }).lean().maxTimeMS(OPERATION),
      ]),
    )
    const settled = this.#settle(projectId, counter?.number ?? 0)
    const now = Date.now()
    const stored = storedCounts(known, now)
    const counted = await countBlocks(this.#database, projectId, stored)
    await this.#keep(this.#updates(projectId, { settled, now, known, stored, counted }))
    return [...stored, ...counted].filter(({ live }) => live > 0).sort((a, b) => a.block - b.block)
  }

  /** Notes that all numbers up to `number` are given away; answers up to which one they were given long ago. */
  #settle(projectId: string, number: number): number {
    const at = this.#elapsed()
    const sighting = this.#sightings.get(projectId) ?? { settled: 0, number, at }
    const isOld = at - sighting.at >= SETTLED
    this.#sightings.set(projectId, isOld ? { settled: sighting.number, number, at } : sighting)
    return isOld ? sighting.number : sighting.settled
  }

  #updates(
    projectId: string,
    found: {
      readonly settled: number
      readonly now: number
      readonly known: readonly BlockDocument[]
      readonly stored: readonly BlockCount[]
      readonly counted: readonly BlockCount[]
    },
  ): BlockUpdate[] {
    const documents = new Map(found.known.map((document) => [document.block, document]))
    const live = new Map(found.counted.map((count) => [count.block, count.live]))
    const stored = new Set(found.stored.map(({ block }) => block))
    const full = Math.floor((found.settled + 1) / BLOCK_SIZE)
    const blocks = Array.from({ length: full }, (_, block) => block).filter((block) => !stored.has(block))
    return blocks.flatMap((block): BlockUpdate[] => {
      const document = documents.get(block)
      const filter = { _id: blockId(projectId, block), changes: document?.changes ?? { $exists: false } }
      if (isAbandoned(document, found.now)) return [{ filter, update: { $set: { pending: 0 } }, upsert: false }]
      if (isPending(document)) return []
      const count = { projectId, block, live: live.get(block) ?? 0, countedAt: new Date(found.now) }
      return [{ filter, update: { $set: count }, upsert: document === undefined }]
    })
  }

  /** A count that cannot be kept is made again. */
  async #keep(updates: readonly BlockUpdate[]): Promise<void> {
    if (updates.length === 0) return
    const operations = updates.map((updateOne) => ({ updateOne }))
    try {
      await this.#database.repeatable(() => this.#database.blocks.bulkWrite(operations, { ordered: false }))
    } catch (error) {
      const isOvertaken = violatedIndex(error) !== undefined
      if (!isOvertaken && !isCode(error, 'UNAVAILABLE', 'STORAGE_FULL')) throw error
    }
  }
}

interface BlockUpdate {
  readonly filter: object
  readonly update: object
  readonly upsert: boolean
}

/** What is known, without the oldest counts where their time is over. */
function storedCounts(known: readonly BlockDocument[], now: number): BlockCount[] {
  const counts = known.flatMap(({ block, live, countedAt }) =>
    live === undefined || countedAt === undefined ? [] : [{ block, live, countedAt: countedAt.getTime() }],
  )
  const old = counts.filter(({ countedAt }) => now - countedAt >= BELIEVED).sort((a, b) => a.countedAt - b.countedAt)
  const again = new Set(old.slice(0, RECOUNTS).map(({ block }) => block))
  return counts.filter(({ block }) => !again.has(block)).map(({ block, live }) => ({ block, live }))
}

function isPending(document: BlockDocument | undefined): boolean {
  return (document?.pending ?? 0) > 0
}

function isAbandoned(document: BlockDocument | undefined, now: number): boolean {
  const since = document?.pendingAt?.getTime()
  return isPending(document) && since !== undefined && now - since > LONGEST_CHANGE
}
