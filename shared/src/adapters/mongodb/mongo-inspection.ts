import type { DatabaseInspection, DatabaseState } from '../../ports/database-inspection.ts'
import type { Pulse } from '../../ports/heartbeat.ts'
import { MIGRATIONS, schemaVersion } from './migrate.ts'
import { INDEXES } from './migrations/0001-indexes.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { MongoHeartbeat } from './mongo-heartbeat.ts'
import { connectMongo } from './open-database.ts'
import { OPERATION } from './schema-options.ts'
import { installationOf } from './state-document.ts'

/** The database knows no such collection. */
const NO_COLLECTION = 26

/** Connects to the database that the address names, to look at it alone. Throws CONFIG_INVALID or UNAVAILABLE. */
export async function openMongoInspection(options: { readonly uri: string }): Promise<DatabaseInspection> {
  return new MongoInspection(await connectMongo(options))
}

/** A MongoDB database as it is found. */
class MongoInspection implements DatabaseInspection {
  readonly #database: MongoDatabase

  constructor(database: MongoDatabase) {
    this.#database = database
  }

  async inspect(): Promise<DatabaseState> {
    const { states } = this.#database
    const schema = await schemaVersion(this.#database)
    await this.#rehearseWrite()
    const found = await this.#database.read(() => states.findById('installation').lean().maxTimeMS(OPERATION))
    const installation = installationOf(found)
    return {
      engine: await this.#engine(),
      schema: { found: schema, known: MIGRATIONS.length },
      missingIndexes: schema === 0 ? [] : await this.#missingIndexes(),
      ...(installation && { installation }),
      now: await this.#database.now(),
    }
  }

  async readPulse(now: Date): Promise<Pulse | undefined> {
    return new MongoHeartbeat(this.#database).read(now)
  }

  async close(): Promise<void> {
    await this.#database.close()
  }

  /** Changes nothing, for there is nothing of that name; but whoever may not write is refused. */
  async #rehearseWrite(): Promise<void> {
    await this.#database.repeatable(() =>
      this.#database.states.updateOne({ _id: 'schema', version: -1 }, { $set: { version: -1 } }).maxTimeMS(OPERATION),
    )
  }

  async #engine(): Promise<string> {
    const info = await this.#database.read(() =>
      this.#database.connection.getClient().db('admin').command({ buildInfo: 1 }),
    )
    const version = `MongoDB ${info.version}`
    return info.ferretdb?.version ? `FerretDB ${info.ferretdb.version}, as ${version}` : version
  }

  async #missingIndexes(): Promise<string[]> {
    const missing: string[] = []
    for (const [collection, indexes] of Object.entries(INDEXES)) {
      const found = await this.#indexesOf(collection)
      missing.push(...indexes.map(({ name = '' }) => name).filter((name) => !found.includes(name)))
    }
    return missing
  }

  async #indexesOf(collection: string): Promise<string[]> {
    try {
      const indexes = await this.#database.read(() => this.#database.connection.collection(collection).indexes())
      return indexes.map(({ name = '' }) => name)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === NO_COLLECTION) return []
      throw error
    }
  }
}
