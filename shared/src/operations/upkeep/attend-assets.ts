import type { Asset } from '../../domain/asset.ts'
import { putOff } from '../../domain/transitions.ts'
import type { UpkeepContext } from '../../ports/context.ts'
import { changeAsset } from '../change-asset.ts'
import { advanceAsset } from './advance-asset.ts'
import { forgetAssets } from './forget-assets.ts'
import { pruneAssets } from './prune-assets.ts'
import { purgeAssets } from './purge-assets.ts'

/** Resuming a persist may copy gigabytes: a few at a time. */
const AT_ONCE = 16

/** What became of a page. */
export interface Attendance {
  readonly attended: number
  readonly failed: number
}

/**
 * Gives each of the due records what it needs: first it is moved forward, then its garbage is deleted, then it is forgotten. Each step
 * takes the whole page, so that a store deletes many objects with one call. A record that fails is put off.
 */
export async function attendAssets(context: UpkeepContext, page: readonly Asset[]): Promise<Attendance> {
  const failed = new Set<string>()
  const fail = async (asset: Asset, error: unknown) => {
    failed.add(asset.id)
    context.log.error('upkeep.asset_failed', { assetId: asset.id, state: asset.state, error })
    await putOffAsset(context, asset)
  }

  const advanced = await each(page, fail, (asset) => advanceAsset(context, asset))
  const purged = await purgeAssets(context, advanced, fail)
  await pruneAssets(context, purged, fail)
  await forgetAssets(context, purged, fail)
  return { attended: page.length - failed.size, failed: failed.size }
}

/** Told of a record that failed. */
export type OnFailure = (asset: Asset, error: unknown) => Promise<void>

/** Runs `step` for each record, a few at a time; answers with what is left to do more with. */
async function each(
  page: readonly Asset[],
  fail: OnFailure,
  step: (asset: Asset) => Promise<Asset | undefined>,
): Promise<Asset[]> {
  const results: Asset[] = []
  for (let start = 0; start < page.length; start += AT_ONCE) {
    const outcomes = page.slice(start, start + AT_ONCE).map(async (asset) => {
      try {
        return await step(asset)
      } catch (error) {
        await fail(asset, error)
        return undefined
      }
    })
    results.push(...(await Promise.all(outcomes)).filter((asset) => asset !== undefined))
  }
  return results
}

/** Once for a failure that several workers meet at the same time: a record that is no longer due is left as it is. */
async function putOffAsset(context: UpkeepContext, asset: Asset): Promise<void> {
  const fresh = await context.assets.find(asset.id)
  if (fresh) await changeAsset(context, fresh, (fresh, now) => (isDue(fresh, now) ? putOff(fresh, now) : fresh))
}

function isDue({ dueAt }: Asset, now: Date): boolean {
  return dueAt !== undefined && dueAt <= now
}
