import type { Asset } from '../domain/asset.ts'
import { isCode } from '../domain/errors.ts'
import type { Context } from '../ports/context.ts'

/** Stores a new record. Throws KEY_TAKEN, NAME_TAKEN, UNAVAILABLE or OUTCOME_UNKNOWN. */
export async function insertAsset({ assets }: Pick<Context, 'assets'>, asset: Asset): Promise<void> {
  try {
    await assets.insert(asset)
  } catch (error) {
    if (!isCode(error, 'OUTCOME_UNKNOWN')) throw error
    // Inserting the same record again is harmless, and tells what became of the first attempt.
    await assets.insert(asset)
  }
}
