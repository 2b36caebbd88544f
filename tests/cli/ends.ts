import { randomBytes } from 'node:crypto'
import { type OpenDatabase, openDatabase, openStorage } from '@keepsake/shared/compose'
import type { Asset } from '@keepsake/shared/domain/asset'
import type { SecretPrincipal } from '@keepsake/shared/domain/principal'
import { prepareInstallation } from '@keepsake/shared/operations/prepare-installation'
import type { TransferContext } from '@keepsake/shared/operations/transfer/transfer-context'
import { type TransferSummary, transferStores } from '@keepsake/shared/operations/transfer/transfer-stores'
import type { UpkeepContext } from '@keepsake/shared/ports/context'
import { listAll } from '../support/objects.ts'
import { silentLog } from '../support/silent-log.ts'
import { HOUR, MINUTE } from '../support/store.ts'
import type { StorePlace } from '../support/store-place.ts'

/** One end of a transfer: a database and a storage, open, with a clock that only `wait` turns. */
export interface End {
  readonly place: StorePlace
  readonly database: OpenDatabase
  readonly context: UpkeepContext
  /** Makes it an installation of its own, as a first start does. */
  begin(): Promise<SecretPrincipal>
  wait(duration: number): void
  /** Every record, as it is. */
  assets(): Promise<readonly Asset[]>
  keys(): Promise<string[]>
  remove(): Promise<void>
}

export async function openEnd(place: StorePlace): Promise<End> {
  const database = await openDatabase(place.database)
  const { storage, close } = await openStorage(place.storage)
  let time = Date.parse('2024-01-15T10:30:00.000Z')
  database.records.assets.now = async () => new Date(time)
  const context: UpkeepContext = {
    ...database.records,
    settings: SETTINGS,
    storage,
    log: silentLog,
    now: () => new Date(time),
    randomBytes,
  }
  return {
    place,
    database,
    context,
    async begin() {
      await prepareInstallation(context, database.installation, { secretKey: `sk_${'0'.repeat(24)}` })
      const [project] = await database.transfer.readProjects()
      if (!project) throw new Error('There is no project.')
      return { kind: 'secret', project }
    },
    wait: (duration) => {
      time += duration
    },
    assets: () => database.transfer.readAssets(1000),
    keys: async () => (await listAll(storage)).map(({ key }) => key).sort(),
    async remove() {
      await database.close()
      await close()
      await place.remove()
    },
  }
}

/** What a transfer did, and which assets it complained about. */
export interface Transferred extends TransferSummary {
  readonly problems: Readonly<Record<string, string>>
}

/** Transfers from one end to the other. */
export async function transferBetween(
  source: End,
  target: End,
  changes: Partial<Omit<TransferContext, 'onProblem'>> = {},
): Promise<Transferred> {
  const problems: Record<string, string> = {}
  const { id } = await source.database.installation.identify('never')
  const summary = await transferStores(
    {
      source: { ...sourceOf(source), installationId: id },
      target: targetOf(target),
      shared: 'nothing',
      now: source.context.now,
      signal: new AbortController().signal,
      onProblem: (assetId, sentence) => {
        problems[assetId] = sentence
      },
      ...changes,
    },
    () => undefined,
  )
  return { ...summary, problems }
}

export function sourceOf({ database, context }: End): Omit<TransferContext['source'], 'installationId'> {
  return { records: database.transfer, assets: context.assets, storage: context.storage }
}

export function targetOf({ database, context }: End): TransferContext['target'] {
  const { assets, folders, storage } = context
  return { installation: database.installation, records: database.transfer, assets, folders, storage }
}

const SETTINGS = {
  bucket: 'keepsake',
  publicUrl: 'http://localhost:3000',
  cdnBaseUrl: 'http://localhost:3000/cdn',
  maxUploadBytes: 100 * 1024 * 1024,
  allowedTypes: ['*/*'],
  uploadTimeout: HOUR,
  idleTimeout: MINUTE,
  tempTtl: 24 * HOUR,
  persistLease: MINUTE,
  purgeDelay: 0,
}
