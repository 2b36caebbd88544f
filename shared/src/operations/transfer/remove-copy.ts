import { type Asset, keysOf } from '../../domain/asset.ts'
import { KeepsakeError } from '../../domain/errors.ts'
import type { TransferContext } from './transfer-context.ts'

/** What one call of a storage takes. */
const MOST_KEYS = 1000

/**
 * Removes a record that the source has no more, after its bytes. Tells whether it did: not when it has changed meanwhile. Throws
 * STORE_MISMATCH once the target is in service.
 */
export async function removeCopy(context: TransferContext, asset: Asset): Promise<boolean> {
  await expectFilling(context)
  await deleteObjects(context, keysOf(asset))
  return context.target.assets.forget(asset)
}

/** Removes objects of the target to which no record will lead. Throws STORE_MISMATCH once the target is in service. */
export async function removeObjects(context: TransferContext, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return
  await expectFilling(context)
  await deleteObjects(context, keys)
}

/**
 * Throws STORE_MISMATCH once the target is in service, as it may be when two transfers to it ran and the other one ended first: what the
 * source does not have may be what somebody has stored there since.
 */
export async function expectFilling({ source, target }: TransferContext): Promise<void> {
  const { use } = await target.installation.identify(source.installationId)
  if (use !== 'transfer') throw new KeepsakeError('STORE_MISMATCH', 'The target went into service meanwhile.')
}

/** Not those that the target shares with the source: there they are the worker's. */
async function deleteObjects({ target, shared }: TransferContext, keys: readonly string[]): Promise<void> {
  if (shared === 'storage') return
  for (let start = 0; start < keys.length; start += MOST_KEYS) {
    await target.storage.delete(keys.slice(start, start + MOST_KEYS))
  }
}
