import type { Asset, Received } from '../../domain/asset.ts'
import type { Update } from '../../domain/entry-transitions.ts'
import type { Context } from '../../ports/context.ts'
import { announceContent, flipContent, withdrawContent } from './update-asset.ts'

/** Replaces the content by bytes that arrived under another record's key, before it was known whose they are. That record keeps its own. */
export async function replaceByCopy(
  context: Context,
  asset: Asset,
  { key, received }: { readonly key: string; readonly received: Received },
  wanted: Update,
): Promise<Asset> {
  const replacement = await announceContent(context, asset, wanted)
  try {
    await context.storage.copy(key, replacement.key)
    return await flipContent(context, replacement, received, wanted)
  } catch (error) {
    await withdrawContent(context, replacement)
    throw error
  }
}
