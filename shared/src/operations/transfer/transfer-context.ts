import type { AssetRepository } from '../../ports/asset-repository.ts'
import type { AssetUpkeep } from '../../ports/asset-upkeep.ts'
import type { FolderRepository } from '../../ports/folder-repository.ts'
import type { InstallationRecord } from '../../ports/installation.ts'
import type { Storage } from '../../ports/storage.ts'
import type { StorageUpkeep } from '../../ports/storage-upkeep.ts'
import type { TransferSource } from '../../ports/transfer-source.ts'
import type { TransferTarget } from '../../ports/transfer-target.ts'

/** Where records and objects come from. A service may be running on it. */
export interface SourceStores {
  readonly installationId: string
  readonly records: TransferSource
  readonly assets: Pick<AssetRepository, 'find'>
  readonly storage: Storage
}

/** Where they go. Nothing else may be running on it. */
export interface TargetStores {
  readonly installation: InstallationRecord
  readonly records: TransferSource & TransferTarget
  readonly assets: AssetRepository & AssetUpkeep
  readonly folders: FolderRepository
  readonly storage: Storage & StorageUpkeep
}

/** A transfer, as its parts receive it. */
export interface TransferContext {
  readonly source: SourceStores
  readonly target: TargetStores
  /** What both ends have in common: the rest moves alone. */
  readonly shared: 'nothing' | 'database' | 'storage'
  readonly now: () => Date
  /** Ends the transfer; what was copied stays. */
  readonly signal: AbortSignal
  /** Is told of every asset that could not be transferred. */
  readonly onProblem: (assetId: string, sentence: string) => void
}
