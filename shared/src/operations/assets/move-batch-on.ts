import { type Batch, type BatchState, moveBatch } from '../../domain/batch.ts'
import { isCode, unavailable } from '../../domain/errors.ts'
import type { Context } from '../../ports/context.ts'

const MAX_ATTEMPTS = 5

/**
 * Takes a batch to `state` by one compare-and-set, or finds that another was faster. Answers with the batch as it now stands,
 * undefined when it is gone. Throws UNAVAILABLE.
 */
export async function moveBatchOn(
  context: Pick<Context, 'batches' | 'now'>,
  batch: Batch,
  state: Exclude<BatchState, 'open'>,
): Promise<Batch | undefined> {
  const moved = moveBatch(batch, state, context.now())
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    try {
      if (await context.batches.replace(moved, batch.state)) return moved
    } catch (error) {
      if (!isCode(error, 'OUTCOME_UNKNOWN')) throw error
    }
    const fresh = await context.batches.find(batch.id)
    if (fresh?.state !== batch.state) return fresh
  }
  throw unavailable('The database does not answer reliably; try again.')
}
