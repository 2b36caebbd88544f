import type { AccessKey } from '../domain/access-key.ts'
import type { Asset } from '../domain/asset.ts'
import type { Batch } from '../domain/batch.ts'
import type { Folder } from '../domain/folder.ts'
import type { Project } from '../domain/project.ts'

/** What a project's assets and folders are numbered by: the highest that was given out. */
export interface Counter {
  readonly projectId: string
  readonly number: number
  readonly folder: number
}

/** All that a database holds, read page by page: each page has at most `limit` records, and is the last one when it has fewer. */
export interface TransferSource {
  /** In the order of their making. */
  readProjects(): Promise<readonly Project[]>
  /** By id, ascending, those behind `after` only. Revoked ones too. */
  readAccessKeys(limit: number, after?: string): Promise<readonly AccessKey[]>
  /** By project and id, ascending, those behind `after` only. */
  readFolders(limit: number, after?: Pick<Folder, 'projectId' | 'id'>): Promise<readonly Folder[]>
  /** By id, ascending in the order of code units, those behind `after` only; in every state. */
  readAssets(limit: number, after?: string): Promise<readonly Asset[]>
  /** By id, ascending, those behind `after` only. */
  readBatches(limit: number, after?: string): Promise<readonly Batch[]>
  /** Of every project that has one. */
  readCounters(): Promise<readonly Counter[]>
}
