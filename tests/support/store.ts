import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDiskStorage } from '@keepsake/shared/adapters/disk/disk-storage'
import { openSqlite } from '@keepsake/shared/adapters/sqlite/open-database'
import { SqliteAssets } from '@keepsake/shared/adapters/sqlite/sqlite-assets'
import { SqliteBatches } from '@keepsake/shared/adapters/sqlite/sqlite-batches'
import { SqliteFolders } from '@keepsake/shared/adapters/sqlite/sqlite-folders'
import { SqliteHeartbeat } from '@keepsake/shared/adapters/sqlite/sqlite-heartbeat'
import { SqliteProjects } from '@keepsake/shared/adapters/sqlite/sqlite-projects'
import type { SecretPrincipal } from '@keepsake/shared/domain/principal'
import type { Settings } from '@keepsake/shared/domain/settings'
import type { UpkeepContext } from '@keepsake/shared/ports/context'
import { silentLog } from './silent-log.ts'

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** A real store in a folder of its own, with a clock that only `wait` turns. */
export interface Store {
  readonly context: UpkeepContext
  readonly owner: SecretPrincipal
  /** Turns the clock, milliseconds. */
  wait(duration: number): void
  /** Like a restart: the same folder, opened anew. */
  reopen(): Promise<void>
  /** What lies in the storage: keys. */
  keys(): Promise<string[]>
  /** Every file below the storage's folder, staging included. */
  files(): Promise<string[]>
  close(): Promise<void>
}

/** Opens an empty store. */
export async function openStore(settings: Partial<Settings> = {}): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-'))
  const root = join(folder, 'objects')
  let time = Date.parse('2024-01-15T10:30:00.000Z')

  async function open() {
    const storage = await openDiskStorage({ root, minFreeBytes: 0 })
    const database = await openSqlite(join(folder, 'keepsake.db'))
    const assets = new SqliteAssets(database)
    // The database's clock is the machine's; a test turns both.
    assets.now = async () => new Date(time)
    const context: UpkeepContext = {
      settings: { ...SETTINGS, ...settings },
      storage,
      assets,
      batches: new SqliteBatches(database),
      folders: new SqliteFolders(database),
      projects: new SqliteProjects(database),
      heartbeat: new SqliteHeartbeat(database),
      log: silentLog,
      now: () => new Date(time),
      randomBytes,
    }
    return { context, database }
  }

  let { context, database } = await open()
  const born = context.now()
  const project = { id: 'a'.repeat(24), ownerId: 'b'.repeat(24), name: 'Test', createdAt: born, updatedAt: born }
  const owner: SecretPrincipal = { kind: 'secret', project: await context.projects.ensureFirst(project) }

  return {
    get context() {
      return context
    },
    owner,
    wait: (duration) => {
      time += duration
    },
    async reopen() {
      await database.close()
      ;({ context, database } = await open())
    },
    keys: async () => (await context.storage.list('')).objects.map(({ key }) => key).sort(),
    async files() {
      const entries = await readdir(root, { recursive: true, withFileTypes: true })
      return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
    },
    async close() {
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const SETTINGS: Settings = {
  bucket: 'keepsake',
  publicUrl: 'http://localhost:3000',
  cdnBaseUrl: 'http://localhost:3000/cdn',
  maxUploadBytes: 100 * 1024 * 1024,
  allowedTypes: ['*/*'],
  uploadTimeout: HOUR,
  idleTimeout: MINUTE,
  tempTtl: DAY,
  persistLease: MINUTE,
  purgeDelay: 0,
}
