import type { Heartbeat, Pulse } from '../../ports/heartbeat.ts'
import { millis } from './columns.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

const BEAT = `INSERT INTO heartbeat (only, last_run_at) VALUES (1, ?)
  ON CONFLICT (only) DO UPDATE SET last_run_at = max(last_run_at, excluded.last_run_at)`
const LAST_RUN = 'SELECT last_run_at FROM heartbeat'
/** How many records are due, and how many of them are past their deadline. */
export const COUNT_DUE = `SELECT count(*) AS due, count(*) FILTER (WHERE deadline <= ?1) AS late
  FROM (SELECT deadline FROM assets WHERE due_at <= ?1 LIMIT 10000)`
/** How many objects wait to be deleted. */
export const COUNT_GARBAGE = `SELECT coalesce(sum(garbage_count), 0) AS total
  FROM (SELECT garbage_count FROM assets WHERE garbage_count IS NOT NULL LIMIT 10000)`

/** The workers' sign of life in the embedded database. */
export class SqliteHeartbeat implements Heartbeat {
  readonly #database: SqliteDatabase

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  async beat(at: Date): Promise<void> {
    const time = millis(at)
    await this.#database.write(() => this.#database.statement(BEAT).run(time))
  }

  async read(now: Date): Promise<Pulse> {
    return this.#database.read(() => {
      const lastRun: { last_run_at: number } | undefined = this.#database.statement(LAST_RUN).get()
      const { due, late }: Pick<Pulse, 'due' | 'late'> = this.#database.statement(COUNT_DUE).get(millis(now))
      return {
        ...(lastRun && { lastRunAt: new Date(lastRun.last_run_at) }),
        due,
        late,
        garbage: this.#database.statement(COUNT_GARBAGE).get().total,
      }
    })
  }
}
