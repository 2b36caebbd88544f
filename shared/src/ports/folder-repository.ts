import type { Folder } from '../domain/folder.ts'

/** A page of a list, and how many there are on all pages. */
export interface FolderPage {
  readonly folders: readonly Folder[]
  readonly total: number
}

/** Records of folders. Unique by project and path. */
export interface FolderRepository {
  /** Stores a record for each of the paths that has none; repeating it changes nothing. */
  ensure(projectId: string, paths: readonly string[], createdAt: Date): Promise<void>
  find(projectId: string, id: number): Promise<Folder | undefined>
  findByPath(projectId: string, path: string): Promise<Folder | undefined>
  /** By id, ascending; `page` counts from 1. */
  list(projectId: string, page: number, pageSize: number): Promise<FolderPage>
  /** Whether a folder lies below the path. */
  hasChildren(projectId: string, path: string): Promise<boolean>
  /** Tells whether there was one. */
  delete(projectId: string, id: number): Promise<boolean>
}

/** What only the worker does to folders. */
export interface FolderUpkeep {
  /** Folders that hold a persisted asset and have no record. */
  findMissing(limit: number): Promise<{ readonly projectId: string; readonly path: string }[]>
}
