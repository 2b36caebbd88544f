import type { Asset } from '../../domain/asset.ts'
import * as transitions from '../../domain/transitions.ts'
import type { UpkeepContext } from '../../ports/context.ts'
import { isHeld } from '../assets/is-held.ts'
import { changeAsset } from '../change-asset.ts'
import { resumePersist } from './resume-persist.ts'

/** Moves a due record to its next resting state: expires it, resumes its persist, abandons its incoming keys. Answers with it as it now stands. */
export async function advanceAsset(context: UpkeepContext, due: Asset): Promise<Asset | undefined> {
  const asset = await changeAsset(context, due, async (fresh, now) => {
    if (fresh.incoming.some(({ deadline }) => deadline <= now)) return transitions.abandonIncoming(fresh, now)
    if (!transitions.isLate(fresh, now) || (await isHeld(context, fresh))) return fresh
    return transitions.expire(fresh, now, context.settings)
  })
  if (asset?.leaseUntil && asset.leaseUntil <= context.now()) return resumePersist(context, asset)
  return asset
}
