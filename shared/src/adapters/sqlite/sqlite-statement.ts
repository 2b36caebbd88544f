import type { StatementSyncInstance } from '@photostructure/sqlite'

/**
 * A prepared statement that takes every text whole. The library cuts one at its first NUL, so that it would stand for another; as bytes it
 * equals no text of any row, and no column takes it.
 */
export class SqliteStatement {
  readonly #prepared: StatementSyncInstance

  constructor(prepared: StatementSyncInstance) {
    this.#prepared = prepared
  }

  /** The first row; undefined when there is none. */
  get(...values: readonly unknown[]): ReturnType<StatementSyncInstance['get']> {
    return this.#prepared.get(...values.map(whole))
  }

  /** Every row. */
  all(...values: readonly unknown[]): ReturnType<StatementSyncInstance['all']> {
    return this.#prepared.all(...values.map(whole))
  }

  /** Tells how many rows it changed. */
  run(...values: readonly unknown[]): ReturnType<StatementSyncInstance['run']> {
    return this.#prepared.run(...values.map(whole))
  }
}

function whole(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? Buffer.from(value) : value
}
