import type { AccessKey } from '../../domain/access-key.ts'
import type { Project } from '../../domain/project.ts'
import type { ProjectRepository } from '../../ports/project-repository.ts'
import { insertDocument } from './insert-document.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { violatedIndex } from './mongo-error.ts'
import type { AccessKeyDocument, ProjectDocument } from './project-document.ts'
import { OPERATION } from './schema-options.ts'

/** Projects and their access keys in MongoDB. */
export class MongoProjects implements ProjectRepository {
  readonly #database: MongoDatabase

  constructor(database: MongoDatabase) {
    this.#database = database
  }

  async ensureFirst({ id, ...rest }: Project): Promise<Project> {
    const known = await this.#findFirst()
    if (known) return known
    try {
      await this.#database.repeatable(() => insertDocument(this.#database.projects, { _id: id, ordinal: 1, ...rest }))
    } catch (error) {
      // Another process was faster.
      if (violatedIndex(error) === undefined) throw error
    }
    const first = await this.#findFirst()
    if (!first) throw new Error('The first project is gone as soon as it was made.')
    return first
  }

  async addAccessKey({ id, ...rest }: AccessKey): Promise<AccessKey> {
    try {
      await this.#database.repeatable(() => insertDocument(this.#database.accessKeys, { _id: id, ...rest }))
    } catch (error) {
      // It is known already.
      if (violatedIndex(error) === undefined) throw error
    }
    const stored = await this.#findKey(rest.hash)
    if (!stored) throw new Error('An access key is gone as soon as it was added.')
    return toAccessKey(stored)
  }

  async findAccessKey(hash: string): Promise<{ accessKey: AccessKey; project: Project } | undefined> {
    const key = await this.#findKey(hash)
    if (!key) return undefined
    const project = await this.#database.read(() =>
      this.#database.projects.findById(key.projectId).lean().maxTimeMS(OPERATION),
    )
    if (!project) throw new Error(`The access key ${key._id} belongs to a project that is not there.`)
    return { accessKey: toAccessKey(key), project: toProject(project) }
  }

  async #findFirst(): Promise<Project | undefined> {
    const first = await this.#database.read(() =>
      this.#database.projects.findOne().sort({ ordinal: 1 }).lean().maxTimeMS(OPERATION),
    )
    return first ? toProject(first) : undefined
  }

  async #findKey(hash: string): Promise<AccessKeyDocument | null> {
    return this.#database.read(() => this.#database.accessKeys.findOne({ hash }).lean().maxTimeMS(OPERATION))
  }
}

/** The project that a document holds. */
export function toProject({ _id, ownerId, name, createdAt, updatedAt }: ProjectDocument): Project {
  return { id: _id, ownerId, name, createdAt, updatedAt }
}

/** The access key that a document holds. */
export function toAccessKey(document: AccessKeyDocument): AccessKey {
  const { _id, projectId, type, name, hash, hint, createdAt, revokedAt } = document
  return { id: _id, projectId, type, name, hash, hint, createdAt, ...(revokedAt && { revokedAt }) }
}
