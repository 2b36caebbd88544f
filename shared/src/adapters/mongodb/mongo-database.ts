import type { Connection } from 'mongoose'
import { KeepsakeError, unavailable } from '../../domain/errors.ts'
import { answerWithin } from './answer-within.ts'
import { type AssetModel, assetModel } from './asset-document.ts'
import { type BatchModel, batchModel } from './batch-document.ts'
import { type BlockModel, blockModel, type CounterModel, counterModel } from './counter-document.ts'
import { type FolderModel, folderModel } from './folder-document.ts'
import { readError, violatedIndex, writeError } from './mongo-error.ts'
import { type AccessKeyModel, accessKeyModel, type ProjectModel, projectModel } from './project-document.ts'
import { OPERATION } from './schema-options.ts'
import { type StateModel, stateModel } from './state-document.ts'
import { undisturbed } from './undisturbed.ts'

/** How long an operation may take in all, in milliseconds, whatever the driver waits for: it waits for several things in turn. */
const LONGEST = 9_000

/** One connection pool, and the collections of one database. Whatever becomes of an operation, it answers within 9 seconds. */
export class MongoDatabase {
  readonly connection: Connection
  readonly assets: AssetModel
  readonly batches: BatchModel
  readonly folders: FolderModel
  readonly projects: ProjectModel
  readonly accessKeys: AccessKeyModel
  readonly counters: CounterModel
  readonly blocks: BlockModel
  readonly states: StateModel

  constructor(connection: Connection) {
    this.connection = connection
    this.assets = assetModel(connection)
    this.batches = batchModel(connection)
    this.folders = folderModel(connection)
    this.projects = projectModel(connection)
    this.accessKeys = accessKeyModel(connection)
    this.counters = counterModel(connection)
    this.blocks = blockModel(connection)
    this.states = stateModel(connection)
  }

  /** Answers with what `work` reads. Throws UNAVAILABLE. */
  async read<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await answerWithin(LONGEST, work())
    } catch (error) {
      throw readError(error)
    }
  }

  /** Settles when what `work` writes by one command is durable. Throws UNAVAILABLE when it was not done, OUTCOME_UNKNOWN when it may have been. */
  async write<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await answerWithin(LONGEST, undisturbed(work))
    } catch (error) {
      throw writeError(error)
    }
  }

  /** As `write`, for what may be done again: whether it was done does not matter to who must repeat it. Throws UNAVAILABLE. */
  async repeatable<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.write(work)
    } catch (error) {
      if (!(error instanceof KeepsakeError) || error.code !== 'OUTCOME_UNKNOWN') throw error
      throw unavailable(error.message, error.cause)
    }
  }

  /** As `repeatable`, for what makes a document where it is missing: another process may make it at the same moment. */
  async upsert<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.repeatable(work)
    } catch (error) {
      if (violatedIndex(error) === undefined) throw error
      return this.repeatable(work)
    }
  }

  /** Throws UNAVAILABLE when the primary cannot be read, or has lost the schema: without its indexes nothing is unique. */
  async check(): Promise<void> {
    const schema = await this.read(() => this.states.findById('schema').lean().maxTimeMS(OPERATION))
    if (!schema)
      throw unavailable('The database was emptied or dropped while it was in use; restore it and start again.')
  }

  /** The clock of the server. */
  async now(): Promise<Date> {
    const { localTime } = await this.read(async () => {
      const admin = this.connection.getClient().db('admin')
      return admin.command({ hello: 1 })
    })
    if (!(localTime instanceof Date)) throw new Error('The database does not tell its time.')
    return localTime
  }

  async close(): Promise<void> {
    await this.connection.close()
  }
}
