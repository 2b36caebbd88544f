import { MongoAssets } from '@keepsake/shared/adapters/mongodb/mongo-assets'
import { MongoBatches } from '@keepsake/shared/adapters/mongodb/mongo-batches'
import { MongoFolders } from '@keepsake/shared/adapters/mongodb/mongo-folders'
import { MongoHeartbeat } from '@keepsake/shared/adapters/mongodb/mongo-heartbeat'
import { MongoInstallation } from '@keepsake/shared/adapters/mongodb/mongo-installation'
import { MongoProjects } from '@keepsake/shared/adapters/mongodb/mongo-projects'
import { describeAssetList } from '../contracts/asset-list.contract.ts'
import { describeAssetRepository } from '../contracts/asset-repository.contract.ts'
import { describeAssetUpkeep } from '../contracts/asset-upkeep.contract.ts'
import { describeBatchRepository } from '../contracts/batch-repository.contract.ts'
import { describeFolderRepository } from '../contracts/folder-repository.contract.ts'
import { describeHeartbeat } from '../contracts/heartbeat.contract.ts'
import { describeInstallation } from '../contracts/installation.contract.ts'
import { describeProjectRepository } from '../contracts/project-repository.contract.ts'
import { MongoTestDatabase, mongoHarness } from '../support/mongo-database.ts'
import { describeWithMongo } from '../support/services.ts'

describeWithMongo('MongoDB', () => {
  const file = new MongoTestDatabase()

  afterAll(() => file.remove())

  describeAssetRepository(mongoHarness(file, 'AssetRepository in MongoDB', (database) => new MongoAssets(database)))
  describeAssetList(mongoHarness(file, 'AssetRepository in MongoDB, its list', (database) => new MongoAssets(database)))
  describeAssetUpkeep(mongoHarness(file, 'AssetUpkeep in MongoDB', (database) => new MongoAssets(database)))
  describeBatchRepository(mongoHarness(file, 'BatchRepository in MongoDB', (database) => new MongoBatches(database)))
  describeFolderRepository(
    mongoHarness(file, 'FolderRepository in MongoDB', (database) => ({
      folders: new MongoFolders(database),
      assets: new MongoAssets(database),
    })),
  )
  describeProjectRepository(
    mongoHarness(file, 'ProjectRepository in MongoDB', (database) => new MongoProjects(database)),
  )
  describeInstallation(
    mongoHarness(file, 'InstallationRecord in MongoDB', (database) => new MongoInstallation(database)),
  )
  describeHeartbeat(
    mongoHarness(file, 'Heartbeat in MongoDB', (database) => ({
      heartbeat: new MongoHeartbeat(database),
      assets: new MongoAssets(database),
    })),
  )
})
