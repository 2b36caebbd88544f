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

/** The application, ready for a process to run it. */
export interface Composition {
  /** A server hands it to its verbs as a `Context`, which cannot delete. */
  readonly context: UpkeepContext
  /** Closes the database. Nothing may be under way any more. */
  close(): Promise<void>
}

type Records = Pick<UpkeepContext, 'assets' | 'batches' | 'folders' | 'projects' | 'heartbeat'>

interface Database {
  readonly records: Records
  readonly installation: InstallationRecord
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
 * must not run on it.
 */
export async function compose(
  config: Config,
  { keys = {}, commitPause = 0 }: CompositionOptions = {},
): Promise<Composition> {
  const { createPinoLog } = await import('./adapters/pino/pino-log.ts')
  await makeDataDir(config.dataDir)
  const database = await openDatabase(config.database, commitPause)
  try {
    const context: UpkeepContext = {
      ...database.records,
      projects: rememberAccessKeys(database.records.projects),
      settings: config.settings,
      storage: await openStorage(config.storage),
      log: createPinoLog(config.logLevel),
      now: () => new Date(),
      randomBytes,
    }
    await prepareInstallation(context, database.installation, keys)
    return { context, close: () => database.close() }
  } catch (error) {
    await database.close()
    throw error
  }
}

async function openStorage(config: StorageConfig): Promise<UpkeepContext['storage']> {
  switch (config.kind) {
    case 'disk': {
      const { openDiskStorage } = await import('./adapters/disk/disk-storage.ts')
      return openDiskStorage(config)
    }
  }
}

async function openDatabase(config: DatabaseConfig, commitPause: number): Promise<Database> {
  switch (config.kind) {
    case 'sqlite': {
      const { openSqlite } = await import('./adapters/sqlite/open-database.ts')
      const { SqliteAssets } = await import('./adapters/sqlite/sqlite-assets.ts')
      const { SqliteBatches } = await import('./adapters/sqlite/sqlite-batches.ts')
      const { SqliteFolders } = await import('./adapters/sqlite/sqlite-folders.ts')
      const { SqliteProjects } = await import('./adapters/sqlite/sqlite-projects.ts')
      const { SqliteHeartbeat } = await import('./adapters/sqlite/sqlite-heartbeat.ts')
      const { SqliteInstallation } = await import('./adapters/sqlite/sqlite-installation.ts')
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
        close: async () => database.close(),
      }
    }
  }
}
