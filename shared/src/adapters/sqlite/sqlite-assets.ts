import type { Asset, AssetState } from '../../domain/asset.ts'
import type { AssetQuery } from '../../domain/asset-query.ts'
import { KeepsakeError } from '../../domain/errors.ts'
import type { AssetListing, AssetPage, AssetRepository } from '../../ports/asset-repository.ts'
import type { AssetUpkeep } from '../../ports/asset-upkeep.ts'
import { type AssetRow, COLUMNS, toAsset, valuesOf } from './asset-row.ts'
import { millis } from './columns.ts'
import { listPersisted } from './list-persisted.ts'
import type { SqliteDatabase } from './sqlite-database.ts'
import { violatedColumn } from './sqlite-error.ts'

const INSERT = `INSERT INTO assets (${COLUMNS}) VALUES (${COLUMNS.map(() => '?')})`
const FORGET = 'DELETE FROM assets WHERE id = ? AND version = ?'
const TAKE_NUMBER = `INSERT INTO counters (project_id, number) VALUES (?, 1)
  ON CONFLICT (project_id) DO UPDATE SET number = number + 1 RETURNING number`

const SELECT = `SELECT ${COLUMNS} FROM assets`
const FIND = `${SELECT} WHERE id = ?`
const FIND_BY_TEMP_ID = `${SELECT} WHERE temp_id = ?`
/** One record, by its permanent key. */
export const FIND_BY_KEY = `${SELECT} WHERE key = ?`
/** One record, by its number in a project. */
export const FIND_BY_NUMBER = `${SELECT} WHERE project_id = ? AND number = ?`
/** Whether an asset holds a place between two texts. */
export const HOLDS_ANY = 'SELECT 1 FROM assets WHERE place >= ? AND place < ? LIMIT 1'
/** A page of what is persisted or waits for it, newest first, hotlinks left out. The ranges of two states are merged as they are read. */
export const LIST_NEWEST = {
  persisted: `${ofState('persisted')} ORDER BY created_at DESC, id DESC LIMIT ?5`,
  temporary: `${ofState('temporary')} UNION ALL ${ofState('persisting')} ORDER BY created_at DESC, id DESC LIMIT ?5`,
}
/** A page of the records whose time has come. */
export const FIND_DUE = `${SELECT} WHERE due_at <= ? AND (due_at, id) > (?, ?) ORDER BY due_at, id LIMIT ?`

/** Beyond every date that JavaScript knows, in both directions. */
const END_OF_TIME = 8.64e15 + 1

/** Records of assets in the embedded database. */
export class SqliteAssets implements AssetRepository, AssetUpkeep {
  readonly #database: SqliteDatabase
  readonly #clock: () => Date

  /** `clock` is the database's: that of its machine. */
  constructor(database: SqliteDatabase, clock: () => Date = () => new Date()) {
    this.#database = database
    this.#clock = clock
  }

  async insert(asset: Asset): Promise<void> {
    const values = valuesOf(asset)
    await this.#database.write(() => {
      try {
        this.#database.statement(INSERT).run(...values)
      } catch (error) {
        const stored = this.#stored(asset.id)
        const isRepeated = stored && COLUMNS.every((name, index) => stored[name] === values[index])
        if (!isRepeated) throw takenError(error)
      }
    })
  }

  async replace(next: Asset): Promise<boolean> {
    const values = valuesOf(next)
    return this.#database.write(() => {
      const stored = this.#stored(next.id)
      if (stored?.version !== next.version - 1) return false
      // Only what changed: an index costs as much for a value that stays the same, and other releases' columns are left alone.
      const changed = COLUMNS.flatMap((name, index) => (stored[name] === values[index] ? [] : [index]))
      const update = `UPDATE assets SET ${changed.map((index) => `${COLUMNS[index]} = ?`)} WHERE id = ? AND version = ?`
      const changes = changed.map((index) => values[index])
      try {
        return this.#database.statement(update).run(...changes, next.id, next.version - 1).changes === 1
      } catch (error) {
        throw takenError(error)
      }
    })
  }

  async find(id: string): Promise<Asset | undefined> {
    return this.#findOne(FIND, id)
  }

  async findByTempId(tempId: string): Promise<Asset | undefined> {
    return this.#findOne(FIND_BY_TEMP_ID, tempId)
  }

  async findByKey(key: string): Promise<Asset | undefined> {
    return this.#findOne(FIND_BY_KEY, key)
  }

  async findByNumber(projectId: string, number: number): Promise<Asset | undefined> {
    return this.#findOne(FIND_BY_NUMBER, projectId, number)
  }

  async list(projectId: string, query: AssetQuery): Promise<AssetPage> {
    return this.#database.snapshot(() => listPersisted(this.#database, projectId, query))
  }

  async holdsAny(projectId: string, folder: string): Promise<boolean> {
    const path = folder === '' ? projectId : `${projectId}/${folder}`
    // `0` is what follows the slash.
    const held = await this.#database.read(() => this.#database.statement(HOLDS_ANY).get(`${path}/`, `${path}0`))
    return held !== undefined
  }

  async listNewest(projectId: string, { state, after, now, limit }: AssetListing): Promise<Asset[]> {
    const start = after ? [millis(after.createdAt), after.id] : [END_OF_TIME, '']
    return this.#findMany(LIST_NEWEST[state], projectId, ...start, millis(now), limit)
  }

  async takeNumber(projectId: string): Promise<number> {
    return this.#database.write(() => this.#database.statement(TAKE_NUMBER).get(projectId).number)
  }

  async check(): Promise<void> {
    await this.#database.check()
  }

  async findDue(now: Date, limit: number, after?: Pick<Asset, 'id' | 'dueAt'>): Promise<Asset[]> {
    const start = after?.dueAt ? [millis(after.dueAt), after.id] : [-END_OF_TIME, '']
    return this.#findMany(FIND_DUE, millis(now), ...start, limit)
  }

  async forget(asset: Asset): Promise<boolean> {
    return this.#database.write(() => this.#database.statement(FORGET).run(asset.id, asset.version).changes === 1)
  }

  async now(): Promise<Date> {
    return this.#clock()
  }

  async #findOne(sql: string, ...values: (string | number)[]): Promise<Asset | undefined> {
    const row: AssetRow | undefined = await this.#database.read(() => this.#database.statement(sql).get(...values))
    return row && toAsset(row)
  }

  async #findMany(sql: string, ...values: (string | number)[]): Promise<Asset[]> {
    const rows: AssetRow[] = await this.#database.read(() => this.#database.statement(sql).all(...values))
    return rows.map(toAsset)
  }

  #stored(id: string): Readonly<Record<string, unknown>> | undefined {
    return this.#database.statement(FIND).get(id)
  }
}

function ofState(state: AssetState): string {
  return `${SELECT} WHERE project_id = ?1 AND state = '${state}' AND (created_at, id) < (?2, ?3)
    AND url IS NULL AND (deadline IS NULL OR deadline > ?4)`
}

/** What a violated uniqueness means: KEY_TAKEN or NAME_TAKEN; all else passes through. */
export function takenError(error: unknown): unknown {
  switch (violatedColumn(error)) {
    case 'assets.key':
    case 'asset_keys.key':
      return new KeepsakeError('KEY_TAKEN', 'Another asset has claimed that key.', { cause: error })
    case 'assets.place':
      return new KeepsakeError('NAME_TAKEN', 'Another asset has that name in that folder.', { cause: error })
    default:
      return error
  }
}
