import type { Connection, mongo } from 'mongoose'

const PRESENT = { $exists: true }

/** The indexes of each collection, by name: names are what a duplicate key is told by. */
export const INDEXES: Readonly<Record<string, readonly mongo.IndexDescription[]>> = {
  assets: [
    unique('assets_by_temp_id', { tempId: 1 }, { tempId: PRESENT }),
    unique('assets_by_key', { key: 1 }, { key: PRESENT }),
    // Every key that any record has ever claimed.
    unique('assets_by_claimed_key', { keys: 1 }, { 'keys.0': PRESENT }),
    unique('assets_by_place', { place: 1 }, { place: PRESENT }),
    unique('assets_by_number', { projectId: 1, number: 1 }, { number: PRESENT }),
    { name: 'assets_listed', key: { projectId: 1, state: 1, number: 1 } },
    { name: 'assets_by_age', key: { projectId: 1, state: 1, createdAt: -1, _id: -1 } },
    { name: 'assets_by_folder', key: { state: 1, projectId: 1, folder: 1 } },
    { name: 'assets_due', key: { dueAt: 1, _id: 1 }, partialFilterExpression: { dueAt: PRESENT } },
    { name: 'assets_with_garbage', key: { garbageCount: 1 }, partialFilterExpression: { garbageCount: PRESENT } },
  ],
  batches: [{ name: 'batches_due', key: { dueAt: 1, _id: 1 } }],
  folders: [
    unique('folders_by_path', { projectId: 1, path: 1 }),
    unique('folders_by_number', { projectId: 1, number: 1 }),
  ],
  projects: [unique('projects_by_ordinal', { ordinal: 1 })],
  access_keys: [unique('access_keys_by_hash', { hash: 1 }), { name: 'access_keys_by_project', key: { projectId: 1 } }],
  blocks: [{ name: 'blocks_by_number', key: { projectId: 1, block: 1 } }],
}

/** Makes the indexes that are missing. */
export async function createIndexes(connection: Connection): Promise<void> {
  for (const [collection, indexes] of Object.entries(INDEXES)) {
    await connection.collection(collection).createIndexes([...indexes])
  }
}

function unique(name: string, key: Record<string, 1>, partialFilterExpression?: object): mongo.IndexDescription {
  return { name, key, unique: true, ...(partialFilterExpression && { partialFilterExpression }) }
}
