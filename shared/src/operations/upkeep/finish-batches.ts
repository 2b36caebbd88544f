import type { Batch } from '../../domain/batch.ts'
import type { UpkeepContext } from '../../ports/context.ts'
import { finishBatch } from '../assets/finish-batch.ts'
import { moveBatchOn } from '../assets/move-batch-on.ts'

const PAGE = 50

/** Finishes batches that were committed, aborts those that nobody decided, removes those that are over. Answers how many. */
export async function finishBatches(context: UpkeepContext, signal: AbortSignal): Promise<number> {
  let settled = 0
  let page = await context.batches.findDue(context.now(), PAGE)
  while (page.length > 0 && !signal.aborted) {
    for (const batch of page) {
      try {
        await settleBatch(context, batch)
        settled += 1
      } catch (error) {
        context.log.error('upkeep.batch_failed', { batchId: batch.id, state: batch.state, error })
      }
    }
    if (page.length < PAGE) break
    page = await context.batches.findDue(context.now(), PAGE, page.at(-1))
  }
  return settled
}

async function settleBatch(context: UpkeepContext, batch: Batch): Promise<void> {
  if (batch.state === 'open') await moveBatchOn(context, batch, 'aborted')
  else if (batch.state === 'committed') await finishBatch(context, batch)
  else await context.batches.forget(batch.id)
}
