import type { Folder } from '../../domain/folder.ts'
import type { FolderPage, FolderRepository, FolderUpkeep } from '../../ports/folder-repository.ts'
import { millis, text } from './columns.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

const ENSURE = `INSERT INTO folders (project_id, id, path, created_at)
  SELECT ?1, coalesce((SELECT folder FROM counters WHERE project_id = ?1), 0) + row_number() OVER (ORDER BY key), value, ?3
  FROM json_each(?2) WHERE NOT EXISTS (SELECT 1 FROM folders WHERE project_id = ?1 AND path = value)`
const DELETE = 'DELETE FROM folders WHERE project_id = ? AND id = ?'

const SELECT = 'SELECT project_id, id, path, created_at FROM folders'
const FIND = `${SELECT} WHERE project_id = ? AND id = ?`
const FIND_BY_PATH = `${SELECT} WHERE project_id = ? AND path = ?`
/** A page of a project's folders. */
export const LIST_FOLDERS = `${SELECT} WHERE project_id = ? ORDER BY id LIMIT ? OFFSET ?`
const COUNT = 'SELECT count(*) AS total FROM folders WHERE project_id = ?'
/** One folder of those whose path lies between two texts. */
export const FIND_CHILD = 'SELECT 1 FROM folders WHERE project_id = ? AND path > ? AND path < ? LIMIT 1'

const HOLDING = `FROM assets INDEXED BY assets_by_folder WHERE state = 'persisted' AND folder IS NOT NULL`
/** Leaps from folder to folder: what it costs depends on the number of folders, not of assets. */
export const FIND_MISSING = `
  WITH RECURSIVE holding (project_id, path) AS (
    SELECT * FROM (SELECT project_id, folder ${HOLDING} ORDER BY project_id, folder LIMIT 1)
    UNION ALL
    SELECT assets.project_id, assets.folder FROM holding CROSS JOIN assets WHERE assets.rowid = coalesce(
      (SELECT rowid ${HOLDING} AND project_id = holding.project_id AND folder > holding.path ORDER BY folder LIMIT 1),
      (SELECT rowid ${HOLDING} AND project_id > holding.project_id ORDER BY project_id, folder LIMIT 1)
    )
  )
  SELECT project_id, path FROM holding WHERE path <> ''
    AND NOT EXISTS (SELECT 1 FROM folders WHERE folders.project_id = holding.project_id AND folders.path = holding.path)
  LIMIT ?`

/** A row of `folders`. */
export interface FolderRow {
  readonly project_id: string
  readonly id: number
  readonly path: string
  readonly created_at: number
}

/** Records of folders in the embedded database. */
export class SqliteFolders implements FolderRepository, FolderUpkeep {
  readonly #database: SqliteDatabase

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  async ensure(projectId: string, paths: readonly string[], createdAt: Date): Promise<void> {
    const unique = JSON.stringify([...new Set(paths)].map(text))
    await this.#database.write(() => this.#database.statement(ENSURE).run(projectId, unique, millis(createdAt)))
  }

  async find(projectId: string, id: number): Promise<Folder | undefined> {
    return this.#findOne(FIND, projectId, id)
  }

  async findByPath(projectId: string, path: string): Promise<Folder | undefined> {
    return this.#findOne(FIND_BY_PATH, projectId, path)
  }

  async list(projectId: string, page: number, pageSize: number): Promise<FolderPage> {
    const offset = (page - 1) * pageSize
    return this.#database.snapshot(() => {
      const { total } = this.#database.statement(COUNT).get(projectId)
      if (offset >= total) return { folders: [], total }
      const rows: FolderRow[] = this.#database.statement(LIST_FOLDERS).all(projectId, pageSize, offset)
      return { folders: rows.map(toFolder), total }
    })
  }

  async hasChildren(projectId: string, path: string): Promise<boolean> {
    // `0` is what follows the slash.
    const range = [`${path}/`, `${path}0`]
    const child = await this.#database.read(() => this.#database.statement(FIND_CHILD).get(projectId, ...range))
    return child !== undefined
  }

  async delete(projectId: string, id: number): Promise<boolean> {
    return this.#database.write(() => this.#database.statement(DELETE).run(projectId, id).changes === 1)
  }

  async findMissing(limit: number): Promise<{ projectId: string; path: string }[]> {
    const rows: FolderRow[] = await this.#database.read(() => this.#database.statement(FIND_MISSING).all(limit))
    return rows.map(({ project_id: projectId, path }) => ({ projectId, path }))
  }

  async #findOne(sql: string, projectId: string, which: string | number): Promise<Folder | undefined> {
    const row: FolderRow | undefined = await this.#database.read(() =>
      this.#database.statement(sql).get(projectId, which),
    )
    return row && toFolder(row)
  }
}

/** The folder that a row holds. */
export function toFolder(row: FolderRow): Folder {
  return { id: row.id, projectId: row.project_id, path: row.path, createdAt: new Date(row.created_at) }
}
