import type { MongoDatabase } from './mongo-database.ts'
import { OPERATION } from './schema-options.ts'

/** Raises each counter to the highest number that is stored: one that was restored from a backup never gives a number twice. */
export async function raiseCounters(database: MongoDatabase): Promise<void> {
  for (const { _id } of await database.read(() => database.projects.find().select('_id').lean().maxTimeMS(OPERATION))) {
    const [asset, folder] = await Promise.all([
      database.read(() =>
        database.assets
          .findOne({ projectId: _id, number: { $gte: 0 } })
          .sort({ projectId: -1, number: -1 })
          .select('number')
          .lean()
          .maxTimeMS(OPERATION),
      ),
      database.read(() =>
        database.folders.findOne({ projectId: _id }).sort({ projectId: -1, number: -1 }).lean().maxTimeMS(OPERATION),
      ),
    ])
    const stored = { number: asset?.number ?? 0, folder: folder?.number ?? 0 }
    const counter = await database.read(() => database.counters.findById(_id).lean().maxTimeMS(OPERATION))
    if ((counter?.number ?? 0) >= stored.number && (counter?.folder ?? 0) >= stored.folder) continue
    await database.repeatable(() =>
      database.counters.updateOne({ _id }, { $max: stored }, { upsert: true }).maxTimeMS(OPERATION),
    )
  }
}
