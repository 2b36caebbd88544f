import type { Batch, BatchState } from '../../domain/batch.ts'
import type { BatchRepository, BatchUpkeep } from '../../ports/batch-repository.ts'
import { millis, text } from './columns.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

const INSERT = `INSERT INTO batches (id, project_id, members, state, due_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (id) DO NOTHING`
const REPLACE = 'UPDATE batches SET members = ?, state = ?, due_at = ? WHERE id = ? AND state = ?'
const FORGET = `DELETE FROM batches WHERE id = ? AND state IN ('aborted', 'done')`
const SELECT = 'SELECT id, project_id, members, state, due_at FROM batches'
const FIND = `${SELECT} WHERE id = ?`
const FIND_DUE = `${SELECT} WHERE due_at <= ? AND (due_at, id) > (?, ?) ORDER BY due_at, id LIMIT ?`

/** A row of `batches`. */
export interface BatchRow {
  readonly id: string
  readonly project_id: string
  readonly members: string
  readonly state: BatchState
  readonly due_at: number
}

/** Records of batches in the embedded database. */
export class SqliteBatches implements BatchRepository, BatchUpkeep {
  readonly #database: SqliteDatabase

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  async insert(batch: Batch): Promise<void> {
    const { id, projectId, state, dueAt } = batch
    const values = [text(id), text(projectId), JSON.stringify(batch.members), state, millis(dueAt)]
    await this.#database.write(() => this.#database.statement(INSERT).run(...values))
  }

  async find(id: string): Promise<Batch | undefined> {
    const row: BatchRow | undefined = await this.#database.read(() => this.#database.statement(FIND).get(id))
    return row && toBatch(row)
  }

  async replace(batch: Batch, from: BatchState): Promise<boolean> {
    const values = [JSON.stringify(batch.members), batch.state, millis(batch.dueAt), batch.id, from]
    return this.#database.write(() => this.#database.statement(REPLACE).run(...values).changes === 1)
  }

  async findDue(now: Date, limit: number, after?: Pick<Batch, 'id' | 'dueAt'>): Promise<Batch[]> {
    const start = after ? [millis(after.dueAt), after.id] : [Number.MIN_SAFE_INTEGER, '']
    const rows: BatchRow[] = await this.#database.read(() =>
      this.#database.statement(FIND_DUE).all(millis(now), ...start, limit),
    )
    return rows.map(toBatch)
  }

  async forget(id: string): Promise<void> {
    await this.#database.write(() => this.#database.statement(FORGET).run(id))
  }
}

/** The batch that a row holds. */
export function toBatch(row: BatchRow): Batch {
  return {
    id: row.id,
    projectId: row.project_id,
    members: JSON.parse(row.members),
    state: row.state,
    dueAt: new Date(row.due_at),
  }
}
