import type { InstallationRecord } from '../../ports/installation.ts'
import { text } from './columns.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

const INSERT = 'INSERT INTO installation (only, id, marked) VALUES (1, ?, 0) ON CONFLICT (only) DO NOTHING'
const FIND = 'SELECT id, marked FROM installation'
const SET_MARKED = 'UPDATE installation SET marked = 1'

/** The installation's id in the embedded database. */
export class SqliteInstallation implements InstallationRecord {
  readonly #database: SqliteDatabase

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  async identify(candidate: string): Promise<{ id: string; marked: boolean }> {
    const row: { id: string; marked: number } = await this.#database.write(() => {
      this.#database.statement(INSERT).run(text(candidate))
      return this.#database.statement(FIND).get()
    })
    return { id: row.id, marked: row.marked === 1 }
  }

  async setMarked(): Promise<void> {
    await this.#database.write(() => this.#database.statement(SET_MARKED).run())
  }
}
