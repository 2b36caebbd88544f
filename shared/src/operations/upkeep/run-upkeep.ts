import { setTimeout } from 'node:timers/promises'
import type { UpkeepContext } from '../../ports/context.ts'
import { attendAssets } from './attend-assets.ts'
import { clearStaging } from './clear-staging.ts'
import { decideNow } from './decide-now.ts'
import { finishBatches } from './finish-batches.ts'
import { makeFolders } from './make-folders.ts'

/** How many records the worker reads, changes and has the storage delete at a time. */
export const PAGE = 200

/** Between two pages, milliseconds: requests that wait for the database get their turn. */
const PAUSE = 5

/** What a round did. */
export interface UpkeepRound {
  /** Records that got what they needed. */
  readonly attended: number
  /** Records that failed and were put off. */
  readonly failed: number
  /** Batches that were finished, aborted or removed. */
  readonly batches: number
  /** Records of folders that were missing. */
  readonly folders: number
  /** Staging files or multipart uploads that were removed. */
  readonly staging: number
}

/**
 * One round: every record that is due gets what it needs, once, in bounded batches; then batches and staging; then the heartbeat.
 * An item that fails is put off and never stops the round. Safe to run in several processes at once. Ends early, without a
 * heartbeat, when the signal aborts. Throws when the database is out of reach.
 */
export async function runUpkeep(context: UpkeepContext, signal: AbortSignal): Promise<UpkeepRound> {
  const began = await decideNow(context)
  // A round judges by its beginning: nothing is ever taken for late because the round took long.
  const round = { ...context, now: () => began }

  let attended = 0
  let failed = 0
  for await (const page of dueAssets(round, signal)) {
    const outcome = await attendAssets(round, page)
    attended += outcome.attended
    failed += outcome.failed
  }
  const batches = signal.aborted ? 0 : await finishBatches(round, signal)
  const folders = signal.aborted ? 0 : await makeFolders(round)
  const staging = signal.aborted ? 0 : await clearStaging(round)
  if (!signal.aborted) await context.heartbeat.beat(context.now())
  return { attended, failed, batches, folders, staging }
}

async function* dueAssets({ assets, now }: UpkeepContext, signal: AbortSignal) {
  let page = await assets.findDue(now(), PAGE)
  while (page.length > 0 && !signal.aborted) {
    yield page
    if (page.length < PAGE) return
    await setTimeout(PAUSE)
    page = await assets.findDue(now(), PAGE, page.at(-1))
  }
}
