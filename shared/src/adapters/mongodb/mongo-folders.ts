import type { Folder } from '../../domain/folder.ts'
import type { FolderPage, FolderRepository, FolderUpkeep } from '../../ports/folder-repository.ts'
import type { FolderDocument } from './folder-document.ts'
import { insertDocument } from './insert-document.ts'
import { MissingFolders } from './missing-folders.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { violatedIndex } from './mongo-error.ts'
import { advanceCounter } from './number-counter.ts'
import { OPERATION } from './schema-options.ts'

/** Records of folders in MongoDB. */
export class MongoFolders implements FolderRepository, FolderUpkeep {
  readonly #database: MongoDatabase
  readonly #missing: MissingFolders
  readonly #making = new Map<string, Promise<void>>()

  constructor(database: MongoDatabase) {
    this.#database = database
    this.#missing = new MissingFolders(database)
  }

  async ensure(projectId: string, paths: readonly string[], createdAt: Date): Promise<void> {
    for (const path of new Set(paths)) {
      if (!(await this.findByPath(projectId, path))) await this.#make(projectId, path, createdAt)
    }
  }

  async find(projectId: string, id: number): Promise<Folder | undefined> {
    return this.#findOne({ projectId, number: id })
  }

  async findByPath(projectId: string, path: string): Promise<Folder | undefined> {
    return this.#findOne({ projectId, path })
  }

  async list(projectId: string, page: number, pageSize: number): Promise<FolderPage> {
    const offset = (page - 1) * pageSize
    const total = await this.#database.read(() =>
      this.#database.folders.countDocuments({ projectId }).maxTimeMS(OPERATION),
    )
    if (offset >= total) return { folders: [], total }
    const found = await this.#database.read(() =>
      this.#database.folders
        .find({ projectId })
        .sort({ number: 1 })
        .skip(offset)
        .limit(pageSize)
        .lean()
        .maxTimeMS(OPERATION),
    )
    return { folders: found.map(toFolder), total }
  }

  async hasChildren(projectId: string, path: string): Promise<boolean> {
    // `0` is what follows the slash.
    return (await this.#findOne({ projectId, path: { $gt: `${path}/`, $lt: `${path}0` } })) !== undefined
  }

  async delete(projectId: string, id: number): Promise<boolean> {
    const { deletedCount } = await this.#database.write(() =>
      this.#database.folders.deleteOne({ projectId, number: id }).maxTimeMS(OPERATION),
    )
    return deletedCount === 1
  }

  async findMissing(limit: number): Promise<{ projectId: string; path: string }[]> {
    return this.#missing.find(limit)
  }

  /** One of those who make a folder at the same time is enough: inserts of one path hold each other up. */
  async #make(projectId: string, path: string, createdAt: Date): Promise<void> {
    const name = `${projectId}/${path}`
    const making = this.#making.get(name) ?? this.#insert(projectId, path, createdAt)
    this.#making.set(name, making)
    try {
      await making
    } finally {
      if (this.#making.get(name) === making) this.#making.delete(name)
    }
  }

  async #insert(projectId: string, path: string, createdAt: Date): Promise<void> {
    const number = await advanceCounter(this.#database, projectId, { folder: 1 })
    try {
      await this.#database.repeatable(() =>
        insertDocument(this.#database.folders, {
          _id: folderId(projectId, number),
          projectId,
          number,
          path,
          createdAt,
        }),
      )
    } catch (error) {
      // Another process was faster; the number is a gap.
      if (violatedIndex(error) === undefined) throw error
    }
  }

  async #findOne(filter: object): Promise<Folder | undefined> {
    const found = await this.#database.read(() => this.#database.folders.findOne(filter).lean().maxTimeMS(OPERATION))
    return found ? toFolder(found) : undefined
  }
}

/** How a folder's document is found. */
export function folderId(projectId: string, number: number): string {
  return `${projectId}/${number}`
}

/** The folder that a document holds. */
export function toFolder({ number, projectId, path, createdAt }: FolderDocument): Folder {
  return { id: number, projectId, path, createdAt }
}
