import type { MongoDatabase } from './mongo-database.ts'
import { OPERATION } from './schema-options.ts'

/** Raises each counter to the highest number that is stored: one that was restored from a backup never gives a number twice. */
export async function raiseCounters(database: MongoDatabase): Promise<void> {
  const projects = await database.read(() => database.projects.find().select('_id').lean().maxTimeMS(OPERATION))
  for (const { _id } of projects) {
    const counter = await database.read(() => database.counters.findById(_id).lean().maxTimeMS(OPERATION))
    const highest = {
      number: await highestAbove(database, 'assets', _id, counter?.number ?? 0),
      folder: await highestAbove(database, 'folders', _id, counter?.folder ?? 0),
    }
    if (highest.number === undefined && highest.folder === undefined) continue
    const raised = Object.fromEntries(Object.entries(highest).filter(([, number]) => number !== undefined))
    await database.upsert(() =>
      database.counters.updateOne({ _id }, { $max: raised }, { upsert: true }).maxTimeMS(OPERATION),
    )
  }
}

/** Looks only above what the counter says, where there should be nothing: not every server finds the highest of many by an index. */
async function highestAbove(
  database: MongoDatabase,
  collection: 'assets' | 'folders',
  projectId: string,
  counter: number,
): Promise<number | undefined> {
  const [highest] = await database.read(() =>
    database.connection
      .collection<{ readonly projectId: string; readonly number: number }>(collection)
      .find({ projectId, number: { $gt: counter } }, { maxTimeMS: OPERATION, projection: { number: 1 } })
      .sort({ number: -1 })
      .limit(1)
      .toArray(),
  )
  return highest?.number
}
