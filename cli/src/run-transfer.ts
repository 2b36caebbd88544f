import { openDatabase, openStorage } from '@keepsake/shared/compose'
import { openInspection } from '@keepsake/shared/compose-inspection'
import type { DatabaseConfig } from '@keepsake/shared/config/database'
import type { StorageConfig } from '@keepsake/shared/config/storage'
import type { Stores } from '@keepsake/shared/config/stores'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { TransferContext } from '@keepsake/shared/operations/transfer/transfer-context'
import { transferStores } from '@keepsake/shared/operations/transfer/transfer-stores'
import type { InstallationState } from '@keepsake/shared/ports/installation'
import type { Outcome } from './command.ts'
import { describeDatabase, describeStorage } from './describe-stores.ts'
import { showProgress, summaryFindings } from './show-transfer.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** Brings everything from one pair of stores to another, and tells what was done. */
export async function runTransfer(source: Stores, target: Stores, terminal: Terminal): Promise<Outcome> {
  const shared = whatIsShared(source, target)
  const installationId = await expectInstallation(source.database)
  if (shared !== 'database') await expectFree(target.database, installationId)
  terminal.print(`From ${describeDatabase(source.database)}, ${describeStorage(source.storage)}`)
  terminal.print(`to   ${describeDatabase(target.database)}, ${describeStorage(target.storage)}`)

  const interruption = new AbortController()
  const interrupt = () => interruption.abort(new KeepsakeError('UNAVAILABLE', 'Interrupted; run it again to go on.'))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt)
  return withStores(source, target, async (ends) => {
    const summary = await transferStores(
      {
        source: { ...ends.source, installationId },
        target: ends.target,
        shared,
        now: () => new Date(),
        signal: interruption.signal,
        onProblem: (id, sentence) => terminal.finding({ level: 'problem', subject: `Asset ${id}`, sentence }),
      },
      showProgress(terminal),
    )
    const findings = summaryFindings(summary, shared)
    for (const finding of findings) terminal.finding(finding)
    return findings.some(({ level }) => level === 'problem') ? 1 : 0
  })
}

type Ends = {
  readonly source: Omit<TransferContext['source'], 'installationId'>
  readonly target: TransferContext['target']
}

async function withStores(source: Stores, target: Stores, work: (ends: Ends) => Promise<Outcome>): Promise<Outcome> {
  const opened: { close(): Promise<void> }[] = []
  async function open<T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> {
    const system = await opening
    opened.push(system)
    return system
  }
  try {
    const from = { ...(await open(openDatabase(source.database))), ...(await open(openStorage(source.storage))) }
    const to = { ...(await open(openDatabase(target.database))), ...(await open(openStorage(target.storage))) }
    return await work({
      source: { records: from.transfer, assets: from.records.assets, storage: from.storage },
      target: {
        installation: to.installation,
        records: to.transfer,
        assets: to.records.assets,
        folders: to.records.folders,
        storage: to.storage,
      },
    })
  } finally {
    for (const system of opened.reverse()) await system.close()
  }
}

function whatIsShared(source: Stores, target: Stores): TransferContext['shared'] {
  const database = isSameDatabase(source.database, target.database)
  const storage = isSameStorage(source.storage, target.storage)
  if (database && storage) throw new UsageError('The target is where everything is already.')
  if (database) return 'database'
  return storage ? 'storage' : 'nothing'
}

function isSameDatabase(a: DatabaseConfig, b: DatabaseConfig): boolean {
  return describeDatabase(a) === describeDatabase(b)
}

function isSameStorage(a: StorageConfig, b: StorageConfig): boolean {
  if (a.kind === 'disk') return b.kind === 'disk' && a.root === b.root
  return b.kind === 's3' && a.bucket === b.bucket && a.endpoint === b.endpoint && a.prefix === b.prefix
}

/** The id of the installation that is to be transferred. Looks before anything is opened, which would make what is missing. */
async function expectInstallation(database: DatabaseConfig): Promise<string> {
  const installation = await installationIn(database)
  const where = describeDatabase(database)
  if (!installation) throw mismatch(`There is nothing to transfer: no service has ever run on ${where}.`)
  if (installation.use === 'transfer') throw mismatch(`A transfer to ${where} has not ended; run that one first.`)
  return installation.id
}

/** Opening a database brings its schema up to date, and that of others is to stay as it is. */
async function expectFree(database: DatabaseConfig, installationId: string): Promise<void> {
  const found = await installationIn(database)
  if (!found || found.id === installationId) return
  throw mismatch(
    `The target's database belongs to installation ${found.id}, not to ${installationId}; choose an empty one.`,
  )
}

function mismatch(message: string): KeepsakeError {
  return new KeepsakeError('STORE_MISMATCH', message)
}

async function installationIn(database: DatabaseConfig): Promise<InstallationState | undefined> {
  const inspection = await openInspection(database)
  if (!inspection) return undefined
  try {
    return (await inspection.inspect()).installation
  } finally {
    await inspection.close()
  }
}
