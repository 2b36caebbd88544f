import { SqliteAssets } from '@keepsake/shared/adapters/sqlite/sqlite-assets'
import { SqliteFolders } from '@keepsake/shared/adapters/sqlite/sqlite-folders'
import { SqliteTransfer } from '@keepsake/shared/adapters/sqlite/sqlite-transfer'
import { describeTransfer } from '../contracts/transfer.contract.ts'
import { sqliteHarness } from '../support/database-file.ts'

describeTransfer(
  sqliteHarness('TransferSource and TransferTarget', (database) => ({
    transfer: new SqliteTransfer(database),
    assets: new SqliteAssets(database),
    folders: new SqliteFolders(database),
  })),
)
