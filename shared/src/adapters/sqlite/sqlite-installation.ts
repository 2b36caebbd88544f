import type { InstallationRecord, InstallationState, InstallationUse } from '../../ports/installation.ts'
import { text } from './columns.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

const INSERT = "INSERT INTO installation (only, id, marked, use) VALUES (1, ?, 0, 'none') ON CONFLICT (only) DO NOTHING"
const FIND = 'SELECT id, marked, use FROM installation'
const SET_MARKED = 'UPDATE installation SET marked = 1'
const CHANGE_USE = 'UPDATE installation SET use = ? WHERE use = ?'

/** What is stored of an installation. A file of the release before has no `use` yet. */
export interface InstallationRow {
  readonly id: string
  readonly marked: number
  readonly use?: InstallationUse
}

/** Makes of a row what it means. */
export function toState({ id, marked, use = 'service' }: InstallationRow): InstallationState {
  return { id, marked: marked === 1, use }
}

/** The installation's id in the embedded database. */
export class SqliteInstallation implements InstallationRecord {
  readonly #database: SqliteDatabase

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  async identify(candidate: string): Promise<InstallationState> {
    const row: InstallationRow = await this.#database.write(() => {
      this.#database.statement(INSERT).run(text(candidate))
      return this.#database.statement(FIND).get()
    })
    return toState(row)
  }

  async setMarked(): Promise<void> {
    await this.#database.write(() => this.#database.statement(SET_MARKED).run())
  }

  async changeUse(from: InstallationUse, to: InstallationUse): Promise<boolean> {
    const row: InstallationRow = await this.#database.write(() => {
      this.#database.statement(CHANGE_USE).run(text(to), text(from))
      return this.#database.statement(FIND).get()
    })
    return row.use === to
  }
}
