import { openInspection } from '@keepsake/shared/compose-inspection'
import type { Config } from '@keepsake/shared/config/config'
import { KeepsakeError, unavailable } from '@keepsake/shared/domain/errors'
import { type Finding, failure } from '@keepsake/shared/operations/inspect/finding'
import { inspectWorker } from '@keepsake/shared/operations/inspect/inspect-worker'
import { within } from '@keepsake/shared/operations/inspect/within'

/** How long an answer is waited for, milliseconds: a database that is well needs a fraction of it. */
const PATIENCE = 4_000

/** Whether the database can be reached from here, and some worker completes its rounds. Never throws because of an outage. */
export async function checkWorker({ database, upkeep }: Config): Promise<Finding> {
  try {
    return await within(PATIENCE, readWorker(database, upkeep.cron))
  } catch (error) {
    if (!(error instanceof KeepsakeError)) throw error
    return failure('Worker', error)
  }
}

async function readWorker(database: Config['database'], cron: string): Promise<Finding> {
  const inspection = await openInspection(database)
  if (!inspection) throw unavailable('There is no database yet.')
  try {
    const now = new Date()
    return inspectWorker((await inspection.readPulse(now)) ?? { due: 0, late: 0, garbage: 0 }, cron, now)
  } finally {
    await inspection.close()
  }
}
