import { randomBytes } from 'node:crypto'
import { openBucket, openInspection, openStorageAsIs } from '@keepsake/shared/compose-inspection'
import type { Config } from '@keepsake/shared/config/config'
import { type Finding, failure } from '@keepsake/shared/operations/inspect/finding'
import { inspectDatabase } from '@keepsake/shared/operations/inspect/inspect-database'
import { inspectInstallation } from '@keepsake/shared/operations/inspect/inspect-installation'
import { inspectLifecycle } from '@keepsake/shared/operations/inspect/inspect-lifecycle'
import { inspectBacklog, inspectWorker } from '@keepsake/shared/operations/inspect/inspect-worker'
import { probeStorage } from '@keepsake/shared/operations/inspect/probe-storage'
import { within } from '@keepsake/shared/operations/inspect/within'
import type { DatabaseInspection, DatabaseState } from '@keepsake/shared/ports/database-inspection'
import { describeDatabase, describeStorage } from './describe-stores.ts'

/** Milliseconds for each question. */
const PATIENCE = 20_000

/** Everything that can be found out about an installation, thing by thing. What is out of reach is a finding, too. */
export async function* inspectAll(config: Config): AsyncGenerator<Finding, void, void> {
  yield { level: 'good', subject: 'Configuration', sentence: 'Every variable is right.' }
  let inspection: DatabaseInspection | undefined
  let state: DatabaseState | undefined
  try {
    inspection = await within(PATIENCE, openInspection(config.database))
    if (inspection) {
      state = await within(PATIENCE, inspection.inspect())
      yield* inspectDatabase(state, describeDatabase(config.database), new Date())
    } else {
      const sentence = `There is none yet in ${config.dataDir}; the first start makes it.`
      yield { level: 'note', subject: 'Database', sentence }
    }
  } catch (error) {
    yield failure('Database', error)
  }
  try {
    yield* inspectStorage(config, state)
    if (inspection && state && state.schema.found > 0) yield* inspectUpkeep(inspection, config.upkeep.cron)
  } finally {
    await inspection?.close()
  }
}

async function* inspectStorage(config: Config, state: DatabaseState | undefined): AsyncGenerator<Finding, void, void> {
  const { storage: stored } = config
  try {
    const opened = await within(PATIENCE, openStorageAsIs(stored))
    if (!opened) {
      yield { level: 'note', subject: 'Storage', sentence: 'The folder is not there yet; the first start makes it.' }
      return
    }
    try {
      await within(PATIENCE, opened.storage.check())
      yield { level: 'good', subject: 'Storage', sentence: `${describeStorage(stored)}.` }
      yield await probeStorage(opened.storage, randomBytes)
      if (state) yield await within(PATIENCE, inspectInstallation(opened.storage, state))
    } finally {
      await opened.close()
    }
  } catch (error) {
    yield failure('Storage', error)
    return
  }
  if (stored.kind === 's3') yield* inspectBucket(config, stored)
}

async function* inspectBucket(
  { settings }: Config,
  stored: Extract<Config['storage'], { kind: 's3' }>,
): AsyncGenerator<Finding, void, void> {
  const bucket = await openBucket(stored)
  try {
    yield* inspectLifecycle(await within(PATIENCE, bucket.inspect()), { ...settings, prefix: stored.prefix })
  } catch (error) {
    yield failure('Lifecycle rules', error)
  } finally {
    bucket.close()
  }
}

async function* inspectUpkeep(inspection: DatabaseInspection, cron: string): AsyncGenerator<Finding, void, void> {
  try {
    const now = new Date()
    const pulse = (await within(PATIENCE, inspection.readPulse(now))) ?? { due: 0, late: 0, garbage: 0 }
    yield inspectWorker(pulse, cron, now)
    yield inspectBacklog(pulse)
  } catch (error) {
    yield failure('Worker', error)
  }
}
