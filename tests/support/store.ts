import { randomBytes } from 'node:crypto'
import { openDatabase, openStorage } from '@keepsake/shared/compose'
import type { SecretPrincipal } from '@keepsake/shared/domain/principal'
import type { Settings } from '@keepsake/shared/domain/settings'
import type { UpkeepContext } from '@keepsake/shared/ports/context'
import { isProduction } from './backend.ts'
import { embeddedPlace } from './embedded-place.ts'
import { silentLog } from './silent-log.ts'

// The clients of MongoDB and S3 take a while to load.
const openPlace = isProduction ? (await import('./production-place.ts')).productionPlace : embeddedPlace

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** A real store of its own, with a clock that only `wait` turns. */
export interface Store {
  readonly context: UpkeepContext
  readonly owner: SecretPrincipal
  /** Turns the clock, milliseconds. */
  wait(duration: number): void
  /** Like a restart: the same store, opened anew. */
  reopen(): Promise<void>
  /** What lies in the storage: keys. */
  keys(): Promise<string[]>
  /** Every file or object of the storage, whatever has not ended included. */
  files(): Promise<string[]>
  close(): Promise<void>
}

/** Opens an empty store. */
export async function openStore(settings: Partial<Settings> = {}): Promise<Store> {
  const place = await openPlace()
  let time = Date.parse('2024-01-15T10:30:00.000Z')

  async function open() {
    const database = await openDatabase(place.database)
    const opened = await openStorage(place.storage)
    // The database's clock is the machine's; a test turns both.
    database.records.assets.now = async () => new Date(time)
    const context: UpkeepContext = {
      ...database.records,
      settings: { ...SETTINGS, ...settings },
      storage: opened.storage,
      log: silentLog,
      now: () => new Date(time),
      randomBytes,
    }
    const close = async () => {
      await database.close()
      await opened.close()
    }
    return { context, close }
  }

  let { context, close } = await open()
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
      await close()
      ;({ context, close } = await open())
    },
    keys: async () => (await context.storage.list('')).objects.map(({ key }) => key).sort(),
    files: () => place.files(),
    async close() {
      await close()
      await place.remove()
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
