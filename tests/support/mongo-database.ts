import type { MongoDatabase } from '@keepsake/shared/adapters/mongodb/mongo-database'
import { openMongo } from '@keepsake/shared/adapters/mongodb/open-database'
import type { Harness } from '../contracts/harness.ts'
import { mongodbUri, plainMongo, uniqueName } from './services.ts'

/** A database of MongoDB of its own, and the connections to it. It is emptied between two tests: to make its indexes takes longer. */
export class MongoTestDatabase {
  readonly name = uniqueName()
  readonly #connections: MongoDatabase[] = []

  /** One more connection; closed by `empty`. `uri` may lead through a proxy. */
  async connect(uri = mongodbUri(this.name)): Promise<MongoDatabase> {
    const database = await openMongo({ uri })
    this.#connections.push(database)
    return database
  }

  /** Closes all connections and deletes every document but the version of the schema. */
  async empty(): Promise<void> {
    for (const connection of this.#connections.splice(0)) await connection.close()
    await emptyDatabase(this.name)
  }

  /** Nothing of it is left. */
  async remove(): Promise<void> {
    for (const connection of this.#connections.splice(0)) await connection.close()
    const client = await plainMongo(this.name)
    await client.db().dropDatabase()
    await client.close()
  }
}

/** Deletes every document of a database but the version of its schema. */
export async function emptyDatabase(name: string): Promise<void> {
  const client = await plainMongo(name)
  for (const { collectionName } of await client.db().collections()) {
    const others = collectionName === 'state' ? { _id: { $ne: 'schema' } } : {}
    await client.db().collection<{ _id: string }>(collectionName).deleteMany(others)
  }
  await client.close()
}

/** Opens one port of MongoDB for its contract. */
export function mongoHarness<Port>(
  database: MongoTestDatabase,
  name: string,
  portOf: (database: MongoDatabase) => Port,
): Harness<Port> {
  const connect = async () => portOf(await database.connect())
  return { name, open: connect, reopen: connect, close: () => database.empty(), skip: [] }
}
