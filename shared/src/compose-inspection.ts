import { existsSync } from 'node:fs'
import { type OpenStorage, openStorage } from './compose.ts'
import type { DatabaseConfig } from './config/database.ts'
import type { S3StorageConfig, StorageConfig } from './config/storage.ts'
import type { BucketSetup } from './ports/bucket-setup.ts'
import type { DatabaseInspection } from './ports/database-inspection.ts'

/** Opens a database to look at it; undefined when there is none yet. Throws CONFIG_INVALID or UNAVAILABLE. */
export async function openInspection(config: DatabaseConfig): Promise<DatabaseInspection | undefined> {
  switch (config.kind) {
    case 'sqlite': {
      const { openSqliteInspection } = await import('./adapters/sqlite/sqlite-inspection.ts')
      return openSqliteInspection(config.path)
    }
    case 'mongodb': {
      const { openMongoInspection } = await import('./adapters/mongodb/mongo-inspection.ts')
      return openMongoInspection(config)
    }
  }
}

/** Opens a storage to look at it; undefined when there is none yet: unlike a start it makes nothing. */
export async function openStorageAsIs(config: StorageConfig): Promise<OpenStorage | undefined> {
  return config.kind === 'disk' && !existsSync(config.root) ? undefined : openStorage(config)
}

/** Opens a bucket to prepare it. */
export async function openBucket(config: S3StorageConfig): Promise<BucketSetup> {
  const { openBucketSetup } = await import('./adapters/s3/bucket-setup.ts')
  return openBucketSetup(config)
}
