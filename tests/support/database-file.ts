import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite } from '@keepsake/shared/adapters/sqlite/open-database'
import type { SqliteDatabase } from '@keepsake/shared/adapters/sqlite/sqlite-database'
import type { Harness } from '../contracts/harness.ts'

/** The file of an embedded database in a folder of its own, and the connections to it. */
export class DatabaseFile {
  readonly path: string
  readonly #folder: string
  readonly #connections: SqliteDatabase[] = []

  private constructor(folder: string) {
    this.#folder = folder
    this.path = join(folder, 'keepsake.db')
  }

  static async make(): Promise<DatabaseFile> {
    return new DatabaseFile(await mkdtemp(join(tmpdir(), 'keepsake-')))
  }

  /** One more connection; closed with the file. */
  async connect(options: Parameters<typeof openSqlite>[1] = {}): Promise<SqliteDatabase> {
    const database = await openSqlite(this.path, options)
    this.#connections.push(database)
    return database
  }

  async remove(): Promise<void> {
    for (const connection of this.#connections) await connection.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** Opens one port of the embedded database for its contract. */
export function sqliteHarness<Port>(name: string, portOf: (database: SqliteDatabase) => Port): Harness<Port> {
  let file: DatabaseFile | undefined
  const connect = async () => {
    file ??= await DatabaseFile.make()
    return portOf(await file.connect())
  }
  return {
    name,
    open: connect,
    reopen: connect,
    async close() {
      await file?.remove()
      file = undefined
    },
    skip: [],
  }
}
