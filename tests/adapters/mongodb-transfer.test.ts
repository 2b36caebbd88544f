import { MongoAssets } from '@keepsake/shared/adapters/mongodb/mongo-assets'
import { MongoFolders } from '@keepsake/shared/adapters/mongodb/mongo-folders'
import { MongoTransfer } from '@keepsake/shared/adapters/mongodb/mongo-transfer'
import { describeTransfer } from '../contracts/transfer.contract.ts'
import { MongoTestDatabase, mongoHarness } from '../support/mongo-database.ts'
import { describeWithMongo } from '../support/services.ts'

describeWithMongo('a transfer with MongoDB', () => {
  const database = new MongoTestDatabase()

  afterAll(() => database.remove())

  describeTransfer(
    mongoHarness(database, 'TransferSource and TransferTarget in MongoDB', (opened) => ({
      transfer: new MongoTransfer(opened),
      assets: new MongoAssets(opened),
      folders: new MongoFolders(opened),
    })),
  )
})
