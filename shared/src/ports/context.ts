import type { RandomBytes } from '../domain/identifier.ts'
import type { Settings } from '../domain/settings.ts'
import type { AssetRepository } from './asset-repository.ts'
import type { AssetUpkeep } from './asset-upkeep.ts'
import type { BatchRepository, BatchUpkeep } from './batch-repository.ts'
import type { FolderRepository, FolderUpkeep } from './folder-repository.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { Log } from './log.ts'
import type { ProjectRepository } from './project-repository.ts'
import type { Storage } from './storage.ts'
import type { StorageUpkeep } from './storage-upkeep.ts'

/** What a verb receives in a request: it can move records forward and write bytes, never delete any. */
export interface Context {
  readonly settings: Settings
  readonly storage: Storage
  readonly assets: AssetRepository
  readonly batches: BatchRepository
  readonly folders: FolderRepository
  readonly projects: ProjectRepository
  readonly heartbeat: Heartbeat
  readonly log: Log
  readonly now: () => Date
  readonly randomBytes: RandomBytes
}

/** What the worker and the command line receive: they alone delete. */
export interface UpkeepContext extends Context {
  readonly storage: Storage & StorageUpkeep
  readonly assets: AssetRepository & AssetUpkeep
  readonly batches: BatchRepository & BatchUpkeep
  readonly folders: FolderRepository & FolderUpkeep
}
