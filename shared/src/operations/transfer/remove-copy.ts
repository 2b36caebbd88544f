import { type Asset, keysOf } from '../../domain/asset.ts'
import { KeepsakeError } from '../../domain/errors.ts'
import type { TransferContext } from './transfer-context.ts'

/** What one call of a storage takes. */
const MOST_KEYS = 1000

/** Removes a record that the source has no more, after its bytes. Tells whether it did: not when it has changed meanwhile. */
export async function removeCopy(context: TransferContext, asset: Asset): Promise<boolean> {
  await removeObjects(context, keysOf(asset))
  return context.target.assets.forget(asset)
}

/**
 * Deletes objects in the target, unless it shares them with the source: there they are the worker's. Throws STORE_MISMATCH once the target
 * is in service, as it may be when two transfers to it ran and the other one ended first: then it may have persisted what they belong to.
 */
export async function removeObjects(
  { source, target, shared }: TransferContext,
  keys: readonly string[],
): Promise<void> {
  if (shared === 'storage' || keys.length === 0) return
  const { use } = await target.installation.identify(source.installationId)
  if (use !== 'transfer') throw new KeepsakeError('STORE_MISMATCH', 'The target went into service meanwhile.')
  for (let start = 0; start < keys.length; start += MOST_KEYS) {
    await target.storage.delete(keys.slice(start, start + MOST_KEYS))
  }
}
