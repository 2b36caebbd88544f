import type { Asset } from '../../domain/asset.ts'
import type { AssetQuery } from '../../domain/asset-query.ts'
import type { AssetPage } from '../../ports/asset-repository.ts'
import { type AssetRow, COLUMNS, toAsset } from './asset-row.ts'
import { type Condition, filterToSql } from './filter-to-sql.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

// The planner knows no statistics and would sort instead, or read rows that the index alone can judge.
const LISTED = `FROM assets INDEXED BY assets_listed
  WHERE project_id = ? AND state = 'persisted' AND number IS NOT NULL`

/** How many of a project's assets are listed, for each block of 1024 numbers. */
export const READ_BLOCKS = 'SELECT block, live FROM blocks WHERE project_id = ? AND live > 0 ORDER BY block'

/** A page that begins within a block. */
export const LIST_FROM_BLOCK = pageWhere([{ sql: 'number >= ?' }])

interface Block {
  readonly block: number
  readonly live: number
}

/** A page of a project's persisted assets; only for use within `snapshot`. */
export function listPersisted(database: SqliteDatabase, projectId: string, query: AssetQuery): AssetPage {
  const { filters, page, pageSize } = query
  const offset = Math.min((page - 1) * pageSize, Number.MAX_SAFE_INTEGER)
  if (filters.length === 0) return listAll(database, projectId, offset, pageSize)
  return listFiltered(database, projectId, filters.map(filterToSql), offset, pageSize)
}

/** The counts of the blocks tell where a page begins: its depth costs nothing. */
function listAll(database: SqliteDatabase, projectId: string, offset: number, pageSize: number): AssetPage {
  const blocks: Block[] = database.statement(READ_BLOCKS).all(projectId)
  let total = 0
  let start: { readonly number: number; readonly offset: number } | undefined
  for (const { block, live } of blocks) {
    if (offset < total + live) start ??= { number: block * 1024, offset: offset - total }
    total += live
  }
  if (!start) return { assets: [], total }
  return { assets: read(database, LIST_FROM_BLOCK, [projectId, start.number, pageSize, start.offset]), total }
}

function listFiltered(
  database: SqliteDatabase,
  projectId: string,
  conditions: readonly Condition[],
  offset: number,
  pageSize: number,
): AssetPage {
  const values = conditions.flatMap((condition) => condition.values)
  const assets = read(database, pageWhere(conditions), [projectId, ...values, pageSize, offset])
  // A page that is not full is the last one: nothing is left to be counted.
  const isLast = assets.length < pageSize && (assets.length > 0 || offset === 0)
  if (isLast) return { assets, total: offset + assets.length }
  const { total } = database.statement(countWhere(conditions)).get(projectId, ...values)
  return { assets, total }
}

/** How many listed assets meet all conditions. */
export function countWhere(conditions: readonly Pick<Condition, 'sql'>[]): string {
  return `SELECT count(*) AS total ${LISTED} ${allOf(conditions)}`
}

/** A page of the listed assets that meet all conditions: found in the index alone, then read. */
export function pageWhere(conditions: readonly Pick<Condition, 'sql'>[]): string {
  return `SELECT ${COLUMNS} FROM assets
    WHERE rowid IN (SELECT rowid ${LISTED} ${allOf(conditions)} ORDER BY number LIMIT ? OFFSET ?) ORDER BY number`
}

function allOf(conditions: readonly Pick<Condition, 'sql'>[]): string {
  return conditions.map(({ sql }) => `AND ${sql}`).join(' ')
}

function read(database: SqliteDatabase, sql: string, values: Condition['values']): Asset[] {
  const rows: AssetRow[] = database.statement(sql).all(...values)
  return rows.map(toAsset)
}
