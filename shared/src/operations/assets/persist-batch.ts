import { type Asset, temporaryKey } from '../../domain/asset.ts'
import { type Batch, openBatch } from '../../domain/batch.ts'
import { assetNotFound, isCode, unavailable } from '../../domain/errors.ts'
import { newId } from '../../domain/identifier.ts'
import type { SecretPrincipal } from '../../domain/principal.ts'
import * as transitions from '../../domain/transitions.ts'
import type { Context } from '../../ports/context.ts'
import { changeAsset } from '../change-asset.ts'
import { finishBatch } from './finish-batch.ts'
import { isHeld } from './is-held.ts'
import { moveBatchOn } from './move-batch-on.ts'

/** How often a batch starts over after a drop or an expiry of a member aborted it. */
const MAX_ATTEMPTS = 3

/**
 * Persists all of the temporary assets or none, also when everything is killed in the middle: marks every member, then decides by one
 * compare-and-set. Answers in the order asked. Throws ASSET_NOT_FOUND with the ids that failed; UNAVAILABLE.
 */
export async function persistBatch(
  context: Context,
  principal: SecretPrincipal,
  tempIds: readonly string[],
): Promise<Asset[]> {
  const asked = [...new Set(tempIds)]
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const members = await findMembers(context, principal, asked)
    const batch = await beginBatch(context, principal, members)
    const marked = await markMembers(context, batch, members)
    if (marked.length < asked.length) {
      await moveBatchOn(context, batch, 'aborted')
      throw assetNotFound({ tempAssetIds: asked.filter((tempId) => !marked.includes(tempId)) })
    }
    await expectSources(context, members)
    const decided = await moveBatchOn(context, batch, 'committed')
    // Done: the answer to the commit was lost, and the worker finished the batch meanwhile.
    if (decided?.state !== 'committed' && decided?.state !== 'done') continue

    return inOrder(tempIds, await finishBatch(context, decided))
  }
  throw unavailable('An asset of the batch is being changed by other requests; try again.')
}

type Member = Asset & { readonly tempId: string }

/** Those of the ids that the principal's project knows. */
async function findMembers(
  context: Context,
  principal: SecretPrincipal,
  tempIds: readonly string[],
): Promise<Member[]> {
  const found = await Promise.all(
    tempIds.map(async (tempId) => {
      const asset = await context.assets.findByTempId(tempId)
      return asset?.projectId === principal.project.id ? [{ ...asset, tempId }] : []
    }),
  )
  return found.flat()
}

async function beginBatch(context: Context, principal: SecretPrincipal, members: readonly Member[]): Promise<Batch> {
  const id = newId(context.randomBytes)
  const batch = openBatch({ id, projectId: principal.project.id, members: members.map(({ id }) => id) }, context.now())
  await context.batches.insert(batch)
  return batch
}

/** From here on nothing ends a member without aborting the batch first. Answers with the temporary ids of those that can be persisted. */
async function markMembers(context: Context, batch: Batch, members: readonly Member[]): Promise<string[]> {
  const marked = await Promise.all(
    members.map(async (member) => ((await markMember(context, batch, member)) ? [member.tempId] : [])),
  )
  return marked.flat()
}

async function markMember(context: Context, batch: Batch, member: Asset): Promise<boolean> {
  const marked = await changeAsset(context, member, async (fresh, now) => {
    if (fresh.state !== 'temporary' || fresh.marks.includes(batch.id)) return fresh
    if (!transitions.isLate(fresh, now)) return transitions.mark(fresh, batch.id)
    // Held by a batch that was committed in time: that one persists it.
    return (await isHeld(context, fresh)) ? fresh : transitions.expire(fresh, now, context.settings)
  })
  return marked?.state === 'temporary' || marked?.state === 'persisting' || marked?.state === 'persisted'
}

/** One for each id, or none: a member that was deleted and forgotten meanwhile is not passed over. Throws ASSET_NOT_FOUND. */
function inOrder(tempIds: readonly string[], persisted: readonly Asset[]): Asset[] {
  const byTempId = new Map(persisted.map((asset) => [asset.tempId, asset]))
  const assets = tempIds.flatMap((tempId) => byTempId.get(tempId) ?? [])
  if (assets.length === tempIds.length) return assets
  throw assetNotFound({ tempAssetIds: [...new Set(tempIds)].filter((tempId) => !byTempId.has(tempId)) })
}

/** A batch is not committed on bytes that are out of reach. */
async function expectSources(context: Context, members: readonly Member[]): Promise<void> {
  await Promise.all(
    members.map(async ({ id, tempId }) => {
      try {
        await context.storage.size(temporaryKey(tempId))
      } catch (error) {
        if (!isCode(error, 'OBJECT_NOT_FOUND')) throw error
        const fresh = await context.assets.find(id)
        if (fresh?.state === 'temporary') throw unavailable('The bytes of an asset are out of reach; try again.', error)
      }
    }),
  )
}
