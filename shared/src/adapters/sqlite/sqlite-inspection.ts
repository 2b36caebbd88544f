import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { DatabaseSync } from '@photostructure/sqlite'
import { KeepsakeError, unavailable } from '../../domain/errors.ts'
import type { DatabaseInspection, DatabaseState } from '../../ports/database-inspection.ts'
import type { Pulse } from '../../ports/heartbeat.ts'
import { MIGRATIONS } from './migrate.ts'
import { SqliteDatabase } from './sqlite-database.ts'
import { isNoDatabase } from './sqlite-error.ts'
import { SqliteHeartbeat } from './sqlite-heartbeat.ts'
import { type InstallationRow, toState } from './sqlite-installation.ts'

const PACE = { patience: 2000, pause: 0 }

const VERSIONS = 'SELECT sqlite_version() AS engine, user_version AS schema FROM pragma_user_version'
const INDEXES = "SELECT name FROM sqlite_schema WHERE type = 'index'"
const HAS_TABLE = "SELECT count(*) AS total FROM sqlite_schema WHERE type = 'table' AND name = ?"
const INSTALLATION = 'SELECT * FROM installation'

/** Opens the file for reading alone; undefined when there is none. Throws CONFIG_INVALID for one that is no database. */
export async function openSqliteInspection(path: string): Promise<DatabaseInspection | undefined> {
  const inode = await inodeOf(path)
  if (inode === undefined) return undefined
  try {
    await access(path, constants.R_OK | constants.W_OK)
    const connection = new DatabaseSync(path, { readOnly: true, timeout: 0 })
    return new SqliteInspection(new SqliteDatabase(connection, { path, inode }, PACE))
  } catch (error) {
    throw unavailable(`The file ${path} cannot be read and written.`, error)
  }
}

/** The embedded database as it is found. */
class SqliteInspection implements DatabaseInspection {
  readonly #database: SqliteDatabase

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  async inspect(): Promise<DatabaseState> {
    try {
      return await this.#database.snapshot(() => this.#read())
    } catch (error) {
      if (!isNoDatabase(error instanceof KeepsakeError ? error.cause : error)) throw error
      throw new KeepsakeError('CONFIG_INVALID', 'The file is damaged or no database.', { cause: error })
    }
  }

  async readPulse(now: Date): Promise<Pulse | undefined> {
    const isThere = await this.#database.read(() => this.#hasTable('heartbeat'))
    return isThere ? new SqliteHeartbeat(this.#database).read(now) : undefined
  }

  async close(): Promise<void> {
    await this.#database.close()
  }

  #read(): DatabaseState {
    const { engine, schema }: { engine: string; schema: number } = this.#database.statement(VERSIONS).get()
    const rows: { name: string }[] = this.#database.statement(INDEXES).all()
    const names = rows.map(({ name }) => name)
    const found: InstallationRow | undefined = this.#hasTable('installation')
      ? this.#database.statement(INSTALLATION).get()
      : undefined
    return {
      engine: `SQLite ${engine}`,
      schema: { found: schema, known: MIGRATIONS.length },
      missingIndexes: indexesOf(schema).filter((name) => !names.includes(name)),
      ...(found && { installation: toState(found) }),
      // The database's clock is that of its machine.
      now: new Date(),
    }
  }

  #hasTable(name: string): boolean {
    return this.#database.statement(HAS_TABLE).get(name).total === 1
  }
}

/** The names of the indexes that the first migrations make. */
function indexesOf(schema: number): string[] {
  const made = MIGRATIONS.slice(0, schema).join('\n')
  return [...made.matchAll(/CREATE (?:UNIQUE )?INDEX (\w+)/g)].map(([, name = '']) => name)
}

async function inodeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ino
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw unavailable(`The file ${path} cannot be read.`, error)
  }
}
