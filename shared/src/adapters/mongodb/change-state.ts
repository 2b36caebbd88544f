import type { MongoDatabase } from './mongo-database.ts'
import { OPERATION } from './schema-options.ts'
import type { StateDocument } from './state-document.ts'

/** Changes what there is one of, and makes it first where it is missing; the change may be made twice. Throws UNAVAILABLE. */
export async function changeState(database: MongoDatabase, _id: StateDocument['_id'], change: object): Promise<void> {
  await database.upsert(() => database.states.updateOne({ _id }, change, { upsert: true }).maxTimeMS(OPERATION))
}
