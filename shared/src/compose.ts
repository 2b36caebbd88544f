import { randomBytes } from 'node:crypto'
import type { Config } from './config/config.ts'
import { makeDataDir } from './config/data-dir.ts'
import type { DatabaseConfig } from './config/database.ts'
import type { AccessKeys } from './config/generated-secrets.ts'
import type { StorageConfig } from './config/storage.ts'
import { prepareInstallation } from './operations/prepare-installation.ts'
import { rememberAccessKeys } from './operations/remember-access-keys.ts'
import type { UpkeepContext } from './ports/context.ts'
import type { InstallationRecord } from './ports/installation.ts'
import type { TransferSource } from './ports/transfer-source.ts'
import type { TransferTarget } from './ports/transfer-target.ts'

/** The application, ready for a process to run it. */
export interface Composition {
  /** A server hands it to its verbs as a `Context`, which cannot delete. */
  readonly context: UpkeepContext
  /** Closes the database and the storage. Nothing may be under way any more. */
  close(): Promise<void>
}

type Records = Pick<UpkeepContext, 'assets' | 'batches' | 'folders' | 'projects' | 'heartbeat'>

/** A database that is open, and up to date. */
export interface OpenDatabase {
  readonly records: Records
  readonly installation: InstallationRecord
  readonly transfer: TransferSource & TransferTarget
  close(): Promise<void>
}

/** A storage that is open. */
export interface OpenStorage {
  readonly storage: UpkeepContext['storage']
  close(): Promise<void>
}

/** What is different from one kind of process to the other. */
export interface CompositionOptions {
  /** Are added to the first project. */
  readonly keys?: Pick<AccessKeys, 'secretKey' | 'publicKey'>
  /** How long an embedded database is left to others between two commits, in milliseconds. */
  readonly commitPause?: number
}

/**
 * Opens what the configuration names and prepares it. Throws CONFIG_INVALID, STORE_MISMATCH or SCHEMA_NEWER when this process
 * must not run on it, UNAVAILABLE when one of them is out of reach.
 */
export async function compose(
  config: Config,
  { keys = {}, commitPause = 0 }: CompositionOptions = {},
): Promise<Composition> {
  const { createPinoLog } = await import('./adapters/pino/pino-log.ts')
  if (config.database.kind === 'sqlite' || config.storage.kind === 'disk') await makeDataDir(config.dataDir)
  const opened: { close(): Promise<void> }[] = []
  const close = async () => {
    for (const system of opened.splice(0)) await system.close()
  }
  try {
    const database = await openDatabase(config.database, commitPause)
    opened.push(database)
    const { storage, ...rest } = await openStorage(config.storage)
    opened.push(rest)
    const context: UpkeepContext = {
      ...database.records,
      projects: rememberAccessKeys(database.records.projects),
      settings: config.settings,
      storage,
      log: createPinoLog(config.logLevel),
      now: () => new Date(),
      randomBytes,
    }
    await prepareInstallation(context, database.installation, keys)
    return { context, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Opens where objects are kept. Throws CONFIG_INVALID when it cannot be used as it is, UNAVAILABLE when it is out of reach. */
export async function openStorage(config: StorageConfig): Promise<OpenStorage> {
  switch (config.kind) {
    case 'disk': {
      const { openDiskStorage } = await import('./adapters/disk/disk-storage.ts')
      return { storage: await openDiskStorage(config), close: async () => undefined }
    }
    case 's3': {
      const { openS3Storage } = await import('./adapters/s3/s3-storage.ts')
      const storage = await openS3Storage(config)
      return { storage, close: async () => storage.close() }
    }
  }
}

/** Opens where records are kept, and brings its schema up to date. Throws CONFIG_INVALID, SCHEMA_NEWER or UNAVAILABLE. */
export async function openDatabase(config: DatabaseConfig, commitPause = 0): Promise<OpenDatabase> {
  switch (config.kind) {
    case 'sqlite': {
      const { openSqlite } = await import('./adapters/sqlite/open-database.ts')
      const { SqliteAssets } = await import('./adapters/sqlite/sqlite-assets.ts')
      const { SqliteBatches } = await import('./adapters/sqlite/sqlite-batches.ts')
      const { SqliteFolders } = await import('./adapters/sqlite/sqlite-folders.ts')
      const { SqliteProjects } = await import('./adapters/sqlite/sqlite-projects.ts')
      const { SqliteHeartbeat } = await import('./adapters/sqlite/sqlite-heartbeat.ts')
      const { SqliteInstallation } = await import('./adapters/sqlite/sqlite-installation.ts')
      const { SqliteTransfer } = await import('./adapters/sqlite/sqlite-transfer.ts')
      const database = await openSqlite(config.path, { pause: commitPause })
      return {
        records: {
          assets: new SqliteAssets(database),
          batches: new SqliteBatches(database),
          folders: new SqliteFolders(database),
          projects: new SqliteProjects(database),
          heartbeat: new SqliteHeartbeat(database),
        },
        installation: new SqliteInstallation(database),
        transfer: new SqliteTransfer(database),
        close: async () => database.close(),
      }
    }
    case 'mongodb': {
      const { openMongo } = await import('./adapters/mongodb/open-database.ts')
      const { MongoAssets } = await import('./adapters/mongodb/mongo-assets.ts')
      const { MongoBatches } = await import('./adapters/mongodb/mongo-batches.ts')
      const { MongoFolders } = await import('./adapters/mongodb/mongo-folders.ts')
      const { MongoProjects } = await import('./adapters/mongodb/mongo-projects.ts')
      const { MongoHeartbeat } = await import('./adapters/mongodb/mongo-heartbeat.ts')
      const { MongoInstallation } = await import('./adapters/mongodb/mongo-installation.ts')
      const { MongoTransfer } = await import('./adapters/mongodb/mongo-transfer.ts')
      const database = await openMongo(config)
      return {
        records: {
          assets: new MongoAssets(database),
          batches: new MongoBatches(database),
          folders: new MongoFolders(database),
          projects: new MongoProjects(database),
          heartbeat: new MongoHeartbeat(database),
        },
        installation: new MongoInstallation(database),
        transfer: new MongoTransfer(database),
        close: async () => database.close(),
      }
    }
  }
}
