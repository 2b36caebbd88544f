import type { AccessKey, AccessKeyType } from '../../domain/access-key.ts'
import type { Project } from '../../domain/project.ts'
import type { ProjectRepository } from '../../ports/project-repository.ts'
import { millis, optional, text } from './columns.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

const INSERT_FIRST = `INSERT INTO projects (id, owner_id, name, created_at, updated_at)
  SELECT ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM projects)`
const FIND_FIRST = 'SELECT id, owner_id, name, created_at, updated_at FROM projects ORDER BY ordinal LIMIT 1'
const FIND = 'SELECT id, owner_id, name, created_at, updated_at FROM projects WHERE id = ?'

const INSERT_ACCESS_KEY = `INSERT INTO access_keys (id, project_id, type, name, hash, hint, created_at, revoked_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING`
const FIND_ACCESS_KEY = `SELECT id, project_id, type, name, hash, hint, created_at, revoked_at
  FROM access_keys WHERE hash = ?`

/** A row of `projects`. */
export interface ProjectRow {
  readonly id: string
  readonly owner_id: string
  readonly name: string
  readonly created_at: number
  readonly updated_at: number
}

/** A row of `access_keys`. */
export interface AccessKeyRow {
  readonly id: string
  readonly project_id: string
  readonly type: AccessKeyType
  readonly name: string
  readonly hash: string
  readonly hint: string
  readonly created_at: number
  readonly revoked_at: number | null
}

/** Projects and their access keys in the embedded database. */
export class SqliteProjects implements ProjectRepository {
  readonly #database: SqliteDatabase

  constructor(database: SqliteDatabase) {
    this.#database = database
  }

  async ensureFirst(project: Project): Promise<Project> {
    const { id, ownerId, name, createdAt, updatedAt } = project
    const values = [text(id), text(ownerId), text(name), millis(createdAt), millis(updatedAt)]
    const row: ProjectRow = await this.#database.write(() => {
      this.#database.statement(INSERT_FIRST).run(...values)
      return this.#database.statement(FIND_FIRST).get()
    })
    return toProject(row)
  }

  async addAccessKey(accessKey: AccessKey): Promise<AccessKey> {
    const { id, projectId, type, name, hash, hint, createdAt, revokedAt } = accessKey
    const texts = [text(id), text(projectId), type, text(name), text(hash), text(hint)]
    const row: AccessKeyRow = await this.#database.write(() => {
      this.#database.statement(INSERT_ACCESS_KEY).run(...texts, millis(createdAt), optional(revokedAt, millis))
      return this.#database.statement(FIND_ACCESS_KEY).get(hash)
    })
    return toAccessKey(row)
  }

  async findAccessKey(hash: string): Promise<{ accessKey: AccessKey; project: Project } | undefined> {
    return this.#database.read(() => {
      const row: AccessKeyRow | undefined = this.#database.statement(FIND_ACCESS_KEY).get(hash)
      if (!row) return undefined
      return { accessKey: toAccessKey(row), project: toProject(this.#database.statement(FIND).get(row.project_id)) }
    })
  }
}

/** The project that a row holds. */
export function toProject(row: ProjectRow): Project {
  return {
    id: row.id,
    ownerId: row.owner_id,
    name: row.name,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  }
}

/** The access key that a row holds. */
export function toAccessKey(row: AccessKeyRow): AccessKey {
  return {
    id: row.id,
    projectId: row.project_id,
    type: row.type,
    name: row.name,
    hash: row.hash,
    hint: row.hint,
    createdAt: new Date(row.created_at),
    ...(row.revoked_at !== null && { revokedAt: new Date(row.revoked_at) }),
  }
}
