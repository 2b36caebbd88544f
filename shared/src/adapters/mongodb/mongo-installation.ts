import type { InstallationRecord, InstallationState, InstallationUse } from '../../ports/installation.ts'
import { changeState } from './change-state.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { OPERATION } from './schema-options.ts'
import { installationOf } from './state-document.ts'

/** The installation's id in MongoDB. */
export class MongoInstallation implements InstallationRecord {
  readonly #database: MongoDatabase

  constructor(database: MongoDatabase) {
    this.#database = database
  }

  async identify(candidate: string): Promise<InstallationState> {
    const first = { installationId: candidate, isMarked: false, use: 'none' satisfies InstallationUse }
    await changeState(this.#database, 'installation', { $setOnInsert: first })
    return this.#read()
  }

  async setMarked(): Promise<void> {
    await changeState(this.#database, 'installation', { $set: { isMarked: true } })
  }

  async changeUse(from: InstallationUse, to: InstallationUse): Promise<boolean> {
    const { states } = this.#database
    await this.#database.repeatable(() =>
      states.updateOne({ _id: 'installation', use: from }, { $set: { use: to } }).maxTimeMS(OPERATION),
    )
    return (await this.#read()).use === to
  }

  async #read(): Promise<InstallationState> {
    const { states } = this.#database
    const state = await this.#database.read(() => states.findById('installation').lean().maxTimeMS(OPERATION))
    const installation = installationOf(state)
    if (!installation) throw new Error('The installation is gone as soon as it was noted.')
    return installation
  }
}
