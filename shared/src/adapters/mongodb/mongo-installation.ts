import type { InstallationRecord } from '../../ports/installation.ts'
import { changeState } from './change-state.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { OPERATION } from './schema-options.ts'

/** The installation's id in MongoDB. */
export class MongoInstallation implements InstallationRecord {
  readonly #database: MongoDatabase

  constructor(database: MongoDatabase) {
    this.#database = database
  }

  async identify(candidate: string): Promise<{ id: string; marked: boolean }> {
    await changeState(this.#database, 'installation', { $setOnInsert: { installationId: candidate, isMarked: false } })
    const state = await this.#database.read(() =>
      this.#database.states.findById('installation').lean().maxTimeMS(OPERATION),
    )
    if (!state?.installationId) throw new Error('The installation is gone as soon as it was noted.')
    return { id: state.installationId, marked: state.isMarked === true }
  }

  async setMarked(): Promise<void> {
    await changeState(this.#database, 'installation', { $set: { isMarked: true } })
  }
}
