import type { Asset } from '../../domain/asset.ts'
import type { UpkeepContext } from '../../ports/context.ts'
import type { OnFailure } from './attend-assets.ts'

/** Keys of a record that may be deleted. */
export interface Doomed {
  readonly asset: Asset
  readonly keys: readonly string[]
}

/** What one call of a storage takes. */
const MOST_KEYS = 1000

/**
 * Deletes the objects of many records durably: temporary keys first, for a copy that is still on its way must not find its source when
 * its target is gone. Where a shared call fails each record is tried alone. Answers with the records whose objects are gone.
 */
export async function deleteObjects(
  context: UpkeepContext,
  doomed: readonly Doomed[],
  fail: OnFailure,
): Promise<Doomed[]> {
  try {
    await deleteInOrder(
      context,
      doomed.flatMap(({ keys }) => keys),
    )
    return [...doomed]
  } catch (error) {
    context.log.warn('upkeep.delete_failed', { records: doomed.length, error })
  }
  const deleted: Doomed[] = []
  for (const entry of doomed) {
    try {
      await deleteInOrder(context, entry.keys)
      deleted.push(entry)
    } catch (error) {
      await fail(entry.asset, error)
    }
  }
  return deleted
}

async function deleteInOrder({ storage }: UpkeepContext, keys: readonly string[]): Promise<void> {
  const temporary = keys.filter((key) => key.startsWith('temp/'))
  const permanent = keys.filter((key) => !key.startsWith('temp/'))
  for (const group of [temporary, permanent]) {
    for (let start = 0; start < group.length; start += MOST_KEYS) {
      await storage.delete(group.slice(start, start + MOST_KEYS))
    }
  }
}
