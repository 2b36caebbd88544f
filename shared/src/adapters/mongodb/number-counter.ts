import type { MongoDatabase } from './mongo-database.ts'
import { OPERATION } from './schema-options.ts'

interface Waiting {
  readonly resolve: (number: number) => void
  readonly reject: (error: unknown) => void
}

/** Gives away the numbers of projects: one command for all who wait for one at the same time. */
export class NumberCounter {
  readonly #database: MongoDatabase
  readonly #waiting = new Map<string, Waiting[]>()
  readonly #busy = new Set<string>()

  constructor(database: MongoDatabase) {
    this.#database = database
  }

  /** Ascending, never given twice; a number whose answer was lost is a gap. Throws UNAVAILABLE. */
  take(projectId: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const queue = this.#waiting.get(projectId) ?? []
      queue.push({ resolve, reject })
      this.#waiting.set(projectId, queue)
      if (!this.#busy.has(projectId)) void this.#serve(projectId)
    })
  }

  async #serve(projectId: string): Promise<void> {
    this.#busy.add(projectId)
    // Who asks in this turn of the loop goes along.
    await Promise.resolve()
    for (let group = this.#next(projectId); group; group = this.#next(projectId)) {
      try {
        const last = await advanceCounter(this.#database, projectId, { number: group.length })
        const first = last - group.length + 1
        for (const [index, { resolve }] of group.entries()) resolve(first + index)
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    this.#busy.delete(projectId)
  }

  #next(projectId: string): Waiting[] | undefined {
    const group = this.#waiting.get(projectId)
    this.#waiting.delete(projectId)
    return group
  }
}

/** Raises a counter of a project; answers with its new value. Throws UNAVAILABLE. */
export async function advanceCounter(
  database: MongoDatabase,
  projectId: string,
  by: { readonly number: number } | { readonly folder: number },
): Promise<number> {
  const advanced = await advance(database, projectId, by)
  if (advanced !== undefined) return advanced
  // Not by an upsert of the above: some servers give the first value to each of several that make the counter at once.
  const none = { number: 0, folder: 0 }
  await database.upsert(() =>
    database.counters.updateOne({ _id: projectId }, { $max: none }, { upsert: true }).maxTimeMS(OPERATION),
  )
  const value = await advance(database, projectId, by)
  if (value === undefined) throw new Error(`The counter of project ${projectId} is gone as soon as it was made.`)
  return value
}

async function advance(
  database: MongoDatabase,
  _id: string,
  by: { readonly number: number } | { readonly folder: number },
): Promise<number | undefined> {
  const counter = await database.repeatable(() =>
    database.counters.findOneAndUpdate({ _id }, { $inc: by }, { returnDocument: 'after' }).lean().maxTimeMS(OPERATION),
  )
  return counter?.['number' in by ? 'number' : 'folder']
}
