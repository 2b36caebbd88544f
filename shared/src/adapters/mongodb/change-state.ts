import type { MongoDatabase } from './mongo-database.ts'
import { violatedIndex } from './mongo-error.ts'
import { OPERATION } from './schema-options.ts'
import type { StateDocument } from './state-document.ts'

/** Changes what there is one of, and makes it first where it is missing; the change may be made twice. Throws UNAVAILABLE. */
export async function changeState(database: MongoDatabase, _id: StateDocument['_id'], change: object): Promise<void> {
  const run = () =>
    database.repeatable(() => database.states.updateOne({ _id }, change, { upsert: true }).maxTimeMS(OPERATION))
  try {
    await run()
  } catch (error) {
    // Another process made it at the same moment.
    if (violatedIndex(error) === undefined) throw error
    await run()
  }
}
