import type { AccessKey } from '../domain/access-key.ts'
import type { Asset } from '../domain/asset.ts'
import type { Batch } from '../domain/batch.ts'
import type { Folder } from '../domain/folder.ts'
import type { Project } from '../domain/project.ts'
import type { Counter } from './transfer-source.ts'

/** Takes records in as they are. Every write is durable when it returns, and repeating it changes nothing. */
export interface TransferTarget {
  /** Stores the project, in the place of an older state of it. */
  storeProject(project: Project): Promise<void>
  /** Stores the access key, in the place of an older state of it. */
  storeAccessKey(accessKey: AccessKey): Promise<void>
  /** Stores the folder under its own id. */
  storeFolder(folder: Folder): Promise<void>
  /** Stores `asset` in the place of the stored version `over`; tells whether that was still there. Throws KEY_TAKEN or NAME_TAKEN. */
  overwriteAsset(asset: Asset, over: number): Promise<boolean>
  /** The asset that holds a place; see `placeKey`. */
  findByPlace(place: string): Promise<Asset | undefined>
  /** Stores the batch, in the place of an older state of it. */
  storeBatch(batch: Batch): Promise<void>
  /** Removes the batch, whatever its state. */
  removeBatch(id: string): Promise<void>
  /** Raises both of the project's counters to at least these; never lowers one. */
  raiseCounter(counter: Counter): Promise<void>
}
