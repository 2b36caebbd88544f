import { type Asset, keysOf } from '../../domain/asset.ts'
import type { TransferContext } from './transfer-context.ts'

/** What one call of a storage takes. */
const MOST_KEYS = 1000

/** Removes a record that the source has no more, after its bytes. Tells whether it did: not when it has changed meanwhile. */
export async function removeCopy(context: TransferContext, asset: Asset): Promise<boolean> {
  await removeObjects(context, keysOf(asset))
  return context.target.assets.forget(asset)
}

/** Deletes objects in the target, unless it shares them with the source: there they are the worker's. */
export async function removeObjects({ target, shared }: TransferContext, keys: readonly string[]): Promise<void> {
  if (shared === 'storage') return
  for (let start = 0; start < keys.length; start += MOST_KEYS) {
    await target.storage.delete(keys.slice(start, start + MOST_KEYS))
  }
}
