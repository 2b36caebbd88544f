import { describeAssetList } from '../contracts/asset-list.contract.ts'
import { describeAssetRepository } from '../contracts/asset-repository.contract.ts'
import { describeAssetUpkeep } from '../contracts/asset-upkeep.contract.ts'
import { describeBatchRepository } from '../contracts/batch-repository.contract.ts'
import { describeFolderRepository } from '../contracts/folder-repository.contract.ts'
import { describeStorage } from '../contracts/storage.contract.ts'
import { SimulatedAssets } from './simulated-assets.ts'
import { SimulatedBatches } from './simulated-batches.ts'
import { SimulatedFolders } from './simulated-folders.ts'
import { SimulatedStorage } from './simulated-storage.ts'
import { atOnce, type Step } from './step.ts'
import { emptyWorld, type World } from './world.ts'

/** Both look at one world: a folder exists while it holds an asset. */
class SimulatedFoldersAndAssets {
  readonly folders: SimulatedFolders
  readonly assets: SimulatedAssets

  constructor(world: World, step: Step) {
    this.folders = new SimulatedFolders(world, step)
    this.assets = new SimulatedAssets(world, step)
  }
}

/** A harness over ports whose every call happens at once. */
function harnessOf<Port>(name: string, Ports: new (world: World, step: Step) => Port, slowCopies = false) {
  let world = emptyWorld(0, { databaseClock: 0, slowCopies })
  return {
    name,
    async open() {
      world = emptyWorld(Date.now(), { databaseClock: 0, slowCopies })
      return new Ports(world, atOnce)
    },
    async reopen() {
      return new Ports(world, atOnce)
    },
    async close() {
      world.objects.clear()
    },
    skip: [],
  }
}

describeStorage(harnessOf('of the simulation', SimulatedStorage))
describeStorage(harnessOf('of the simulation, with slow copies', SimulatedStorage, true))
describeAssetRepository(harnessOf('simulated assets', SimulatedAssets))
describeAssetUpkeep(harnessOf('simulated assets', SimulatedAssets))
describeBatchRepository(harnessOf('simulated batches', SimulatedBatches))
describeAssetList(harnessOf('simulated assets', SimulatedAssets))
describeFolderRepository(harnessOf('simulated folders', SimulatedFoldersAndAssets))
