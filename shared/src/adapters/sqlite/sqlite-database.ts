import { stat } from 'node:fs/promises'
import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { unavailable } from '../../domain/errors.ts'
import { GroupCommit, type Pace } from './group-commit.ts'
import { statementError } from './sqlite-error.ts'
import { SqliteStatement } from './sqlite-statement.ts'
import { whenFree } from './when-free.ts'

/** More texts than this are kept only where clients make them up by their filters. */
const MOST_STATEMENTS = 500

/** One connection to the database's file, which it alone keeps open. */
export class SqliteDatabase {
  // The library closes a connection whose object was garbage collected, although its statements live on.
  readonly #connection: DatabaseSyncInstance
  readonly #file: { readonly path: string; readonly inode: number }
  readonly #pace: Pace
  readonly #commits: GroupCommit
  readonly #statements = new Map<string, SqliteStatement>()
  #closed = false

  constructor(connection: DatabaseSyncInstance, file: { readonly path: string; readonly inode: number }, pace: Pace) {
    this.#connection = connection
    this.#file = file
    this.#pace = pace
    this.#commits = new GroupCommit(connection, pace)
  }

  /** The statement of that text, prepared once for as long as it is in use. Only for use within `read` and `write`. */
  statement(sql: string): SqliteStatement {
    const known = this.#statements.get(sql)
    if (known) return known
    if (this.#statements.size >= MOST_STATEMENTS) this.#statements.clear()
    const prepared = new SqliteStatement(this.#connection.prepare(sql))
    this.#statements.set(sql, prepared)
    return prepared
  }

  /** Answers with what `work` reads. Throws UNAVAILABLE when the file cannot be read. */
  async read<T>(work: () => T): Promise<T> {
    this.#expectOpen()
    try {
      return await whenFree(work, this.#pace.patience)
    } catch (error) {
      throw statementError(error)
    }
  }

  /** Like `read`, but all that `work` reads is of one moment, whatever other processes write meanwhile. */
  async snapshot<T>(work: () => T): Promise<T> {
    return this.read(() => {
      // Works within a transaction of a group commit as well.
      this.statement('SAVEPOINT snapshot').run()
      try {
        return work()
      } finally {
        this.statement('RELEASE snapshot').run()
      }
    })
  }

  /** Settles when what `work` wrote, by one statement at most, is durable. Throws UNAVAILABLE, STORAGE_FULL and OUTCOME_UNKNOWN. */
  async write<T>(work: () => T): Promise<T> {
    this.#expectOpen()
    return this.#commits.write(work)
  }

  /** Throws UNAVAILABLE when the file cannot be read or was taken away: what is written to it then would be lost. */
  async check(): Promise<void> {
    await this.read(() => this.statement('SELECT count(*) FROM sqlite_schema').get())
    const found = await stat(this.#file.path).catch((error: unknown) => {
      throw unavailable('The file of the database is gone.', error)
    })
    if (found.ino !== this.#file.inode) throw unavailable('The file of the database was replaced; restart the process.')
  }

  /** Waits for the writes that have begun; later ones throw UNAVAILABLE. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#commits.idle()
    this.#connection.close()
  }

  #expectOpen(): void {
    if (this.#closed) throw unavailable('The database is closed.')
  }
}
