import type { AssetDocument } from './asset-document.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { OPERATION } from './schema-options.ts'

interface Place {
  readonly projectId: string
  readonly path: string
}

/** How many records one command looks at, and how many commands a search takes. */
const SLICE = 4_096
const SLICES = 4

/**
 * Finds folders that hold a persisted asset and have no record. A search looks at a part of the records, by their ids, and the next one
 * goes on there: what it costs does not grow with their number, and only order by id is one that every server reads from an index.
 */
export class MissingFolders {
  readonly #database: MongoDatabase
  /** The id behind which the next search begins. */
  #last = ''

  constructor(database: MongoDatabase) {
    this.#database = database
  }

  /** At most `limit`. */
  async find(limit: number): Promise<Place[]> {
    const missing = new Map<string, Place>()
    const start = this.#last
    let hasWrapped = start === ''
    for (let slice = 0; slice < SLICES; slice += 1) {
      const { places, last } = await this.#slice(this.#last)
      for (const place of await this.#withoutRecord(places)) missing.set(`${place.projectId}/${place.path}`, place)
      // The rest of this slice is for the next search.
      if (missing.size > limit) break
      this.#last = last ?? ''
      if (hasWrapped && (last === undefined || last >= start)) break
      hasWrapped ||= last === undefined
    }
    return [...missing.values()].slice(0, limit)
  }

  /** The folders of the records that come next, and the last of these; undefined when there are no more behind it. */
  async #slice(after: string): Promise<{ readonly places: Place[]; readonly last: string | undefined }> {
    const groups = await this.#database.read(() =>
      this.#database.assets
        .aggregate<{
          readonly _id: Pick<AssetDocument, 'state' | 'projectId' | 'folder'>
          readonly last: string
          readonly count: number
        }>([
          { $match: { _id: { $gt: after } } },
          { $sort: { _id: 1 } },
          { $limit: SLICE },
          {
            $group: {
              _id: { state: '$state', projectId: '$projectId', folder: '$folder' },
              last: { $max: '$_id' },
              count: { $sum: 1 },
            },
          },
        ])
        .option({ maxTimeMS: OPERATION }),
    )
    const held = groups.filter(({ _id }) => _id.state === 'persisted' && _id.folder)
    const isLast = groups.reduce((total, { count }) => total + count, 0) < SLICE
    return {
      places: held.map(({ _id: { projectId, folder = '' } }) => ({ projectId, path: folder })),
      last: isLast
        ? undefined
        : groups
            .map((group) => group.last)
            .sort()
            .at(-1),
    }
  }

  async #withoutRecord(places: readonly Place[]): Promise<Place[]> {
    const missing: Place[] = []
    for (const projectId of new Set(places.map((place) => place.projectId))) {
      const paths = places.filter((place) => place.projectId === projectId).map(({ path }) => path)
      const found = await this.#database.read(() =>
        this.#database.folders
          .find({ projectId, path: { $in: paths } })
          .select('path')
          .lean()
          .maxTimeMS(OPERATION),
      )
      const known = new Set(found.map(({ path }) => path))
      missing.push(...paths.filter((path) => !known.has(path)).map((path) => ({ projectId, path })))
    }
    return missing
  }
}
