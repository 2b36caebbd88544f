import type { MongoDatabase } from './mongo-database.ts'
import { OPERATION } from './schema-options.ts'

interface Place {
  readonly projectId: string
  readonly path: string
}

/** How many folders one search looks at: each costs a leap over the index. */
const LEAPS = 500

/** Finds folders that hold a persisted asset and have no record. What a search costs depends on the number of folders, not of assets. */
export class MissingFolders {
  readonly #database: MongoDatabase
  /** Where the next search begins. */
  #last: Place = { projectId: '', path: '' }

  constructor(database: MongoDatabase) {
    this.#database = database
  }

  /** At most `limit`; each search goes on where the one before it stopped, so that several see all. */
  async find(limit: number): Promise<Place[]> {
    const missing: Place[] = []
    const start = this.#last
    let hasWrapped = false
    for (let leap = 0; leap < LEAPS && missing.length < limit; leap += 1) {
      const next = await this.#leap(this.#last)
      if (hasWrapped && (!next || isBehind(next, start))) break
      hasWrapped ||= !next
      this.#last = next ?? { projectId: '', path: '' }
      if (next && next.path !== '' && !(await this.#hasRecord(next))) missing.push(next)
    }
    return missing
  }

  async #leap({ projectId, path }: Place): Promise<Place | undefined> {
    const same = await this.#first({ state: 'persisted', projectId, folder: { $gt: path } })
    return same ?? this.#first({ state: 'persisted', projectId: { $gt: projectId }, folder: { $gte: '' } })
  }

  async #first(filter: object): Promise<Place | undefined> {
    const found = await this.#database.read(() =>
      this.#database.assets
        .findOne(filter)
        .sort({ state: 1, projectId: 1, folder: 1 })
        .select('projectId folder')
        .lean()
        .maxTimeMS(OPERATION),
    )
    return found?.folder === undefined ? undefined : { projectId: found.projectId, path: found.folder }
  }

  async #hasRecord({ projectId, path }: Place): Promise<boolean> {
    const found = await this.#database.read(() =>
      this.#database.folders.findOne({ projectId, path }).lean().maxTimeMS(OPERATION),
    )
    return found !== null
  }
}

function isBehind(place: Place, start: Place): boolean {
  return place.projectId > start.projectId || (place.projectId === start.projectId && place.path > start.path)
}
