import type { AccessKey } from '../../domain/access-key.ts'
import type { Asset } from '../../domain/asset.ts'
import type { Batch } from '../../domain/batch.ts'
import type { Folder } from '../../domain/folder.ts'
import type { Project } from '../../domain/project.ts'
import type { Counter, TransferSource } from '../../ports/transfer-source.ts'
import type { TransferTarget } from '../../ports/transfer-target.ts'
import { type AssetRow, COLUMNS, toAsset, valuesOf } from './asset-row.ts'
import { type ColumnValue, millis, optional, text } from './columns.ts'
import { takenError } from './sqlite-assets.ts'
import { type BatchRow, toBatch } from './sqlite-batches.ts'
import type { SqliteDatabase } from './sqlite-database.ts'
import { type FolderRow, toFolder } from './sqlite-folders.ts'
import { type AccessKeyRow, type ProjectRow, toAccessKey, toProject } from './sqlite-projects.ts'

const READ_PROJECTS = 'SELECT id, owner_id, name, created_at, updated_at FROM projects ORDER BY ordinal'
const READ_ACCESS_KEYS = 'SELECT * FROM access_keys WHERE id > ? ORDER BY id LIMIT ?'
const READ_FOLDERS = 'SELECT * FROM folders WHERE (project_id, id) > (?, ?) ORDER BY project_id, id LIMIT ?'
const READ_ASSETS = `SELECT ${COLUMNS} FROM assets WHERE id > ? ORDER BY id LIMIT ?`
const READ_BATCHES = 'SELECT * FROM batches WHERE id > ? ORDER BY id LIMIT ?'
const READ_COUNTERS = 'SELECT project_id, number, folder FROM counters'

const STORE_PROJECT = `INSERT INTO projects (id, owner_id, name, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET owner_id = excluded.owner_id, name = excluded.name, updated_at = excluded.updated_at`
const STORE_ACCESS_KEY = `INSERT INTO access_keys (id, project_id, type, name, hash, hint, created_at, revoked_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (hash) DO UPDATE SET name = excluded.name, revoked_at = coalesce(excluded.revoked_at, revoked_at)`
const STORE_FOLDER = `INSERT INTO folders (project_id, id, path, created_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (project_id, id) DO UPDATE SET path = excluded.path, created_at = excluded.created_at`
const OVERWRITE_ASSET = `UPDATE assets SET ${COLUMNS.map((name) => `${name} = ?`)} WHERE id = ? AND version = ?`
const FIND_BY_PLACE = `SELECT ${COLUMNS} FROM assets WHERE place = ?`
const STORE_BATCH = `INSERT INTO batches (id, project_id, members, state, due_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET members = excluded.members, state = excluded.state, due_at = excluded.due_at`
const REMOVE_BATCH = 'DELETE FROM batches WHERE id = ?'
const RAISE_COUNTER = `INSERT INTO counters (project_id, number, folder) VALUES (?, ?, ?)
  ON CONFLICT (project_id) DO UPDATE SET number = max(number, excluded.number), folder = max(folder, excluded.folder)`

/** All that the embedded database holds, for a transfer from it or into it. */
export class SqliteTransfer implements TransferSource, TransferTarget {
  readonly #database: SqliteDatabase

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  async readProjects(): Promise<Project[]> {
    return (await this.#rows<ProjectRow>(READ_PROJECTS)).map(toProject)
  }

  async readAccessKeys(limit: number, after = ''): Promise<AccessKey[]> {
    return (await this.#rows<AccessKeyRow>(READ_ACCESS_KEYS, after, limit)).map(toAccessKey)
  }

  async readFolders(limit: number, after = { projectId: '', id: 0 }): Promise<Folder[]> {
    return (await this.#rows<FolderRow>(READ_FOLDERS, after.projectId, after.id, limit)).map(toFolder)
  }

  async readAssets(limit: number, after = ''): Promise<Asset[]> {
    return (await this.#rows<AssetRow>(READ_ASSETS, after, limit)).map(toAsset)
  }

  async readBatches(limit: number, after = ''): Promise<Batch[]> {
    return (await this.#rows<BatchRow>(READ_BATCHES, after, limit)).map(toBatch)
  }

  async readCounters(): Promise<Counter[]> {
    const rows = await this.#rows<{ project_id: string; number: number; folder: number }>(READ_COUNTERS)
    return rows.map(({ project_id: projectId, number, folder }) => ({ projectId, number, folder }))
  }

  async storeProject({ id, ownerId, name, createdAt, updatedAt }: Project): Promise<void> {
    await this.#write(STORE_PROJECT, text(id), text(ownerId), text(name), millis(createdAt), millis(updatedAt))
  }

  async storeAccessKey(accessKey: AccessKey): Promise<void> {
    const { id, projectId, type, name, hash, hint, createdAt, revokedAt } = accessKey
    const texts = [text(id), text(projectId), type, text(name), text(hash), text(hint)]
    await this.#write(STORE_ACCESS_KEY, ...texts, millis(createdAt), optional(revokedAt, millis))
  }

  async storeFolder({ projectId, id, path, createdAt }: Folder): Promise<void> {
    await this.#write(STORE_FOLDER, text(projectId), id, text(path), millis(createdAt))
  }

  async overwriteAsset(asset: Asset, over: number): Promise<boolean> {
    const values = valuesOf(asset)
    return this.#database.write(() => {
      try {
        return this.#database.statement(OVERWRITE_ASSET).run(...values, asset.id, over).changes === 1
      } catch (error) {
        throw takenError(error)
      }
    })
  }

  async findByPlace(place: string): Promise<Asset | undefined> {
    return (await this.#rows<AssetRow>(FIND_BY_PLACE, place)).map(toAsset)[0]
  }

  async storeBatch({ id, projectId, members, state, dueAt }: Batch): Promise<void> {
    await this.#write(STORE_BATCH, text(id), text(projectId), JSON.stringify(members), state, millis(dueAt))
  }

  async removeBatch(id: string): Promise<void> {
    await this.#write(REMOVE_BATCH, id)
  }

  async raiseCounter({ projectId, number, folder }: Counter): Promise<void> {
    await this.#write(RAISE_COUNTER, text(projectId), number, folder)
  }

  async #rows<Row>(sql: string, ...values: ColumnValue[]): Promise<Row[]> {
    return this.#database.read(() => this.#database.statement(sql).all(...values))
  }

  async #write(sql: string, ...values: ColumnValue[]): Promise<void> {
    await this.#database.write(() => this.#database.statement(sql).run(...values))
  }
}
