import type { Principal } from '../../domain/principal.ts'
import * as transitions from '../../domain/transitions.ts'
import type { Context } from '../../ports/context.ts'
import { isHeld } from '../assets/is-held.ts'
import { changeAsset } from '../change-asset.ts'

/** Drops a temporary asset. What is not there, not the principal's, or already on its way to being persisted is left alone. */
export async function dropUpload(context: Context, principal: Principal, tempId: string): Promise<void> {
  const asset = await context.assets.findByTempId(tempId)
  if (asset?.projectId !== principal.project.id) return
  await changeAsset(context, asset, async (fresh, now) => {
    if (fresh.state !== 'temporary' || (await isHeld(context, fresh))) return fresh
    return transitions.drop(fresh, now, context.settings)
  })
}
