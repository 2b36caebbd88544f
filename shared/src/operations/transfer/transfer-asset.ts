import { type Asset, isDead, keysOf, ownKeys, usedKeys } from '../../domain/asset.ts'
import { isCode, KeepsakeError } from '../../domain/errors.ts'
import { type CopyOutcome, copyObject } from './copy-object.ts'
import type { Pair } from './merge-sorted.ts'
import { placeholderOf } from './placeholder.ts'
import { removeCopy, removeObjects } from './remove-copy.ts'
import type { TransferContext } from './transfer-context.ts'

/** What became of a record. `removed`: the source has it no more. `missing`: the source lacks its bytes. */
export type AssetOutcome = 'copied' | 'present' | 'removed' | 'missing'

/** What a transfer did for one asset. */
export interface AssetTransfer {
  readonly outcome: AssetOutcome
  readonly objectsCopied: number
  readonly objectsPresent: number
  readonly bytesCopied: number
}

interface Objects {
  readonly copied: number
  readonly present: number
  readonly bytes: number
  readonly isWhole: boolean
}

/** How often a record is read again because it changed under the copy. */
const ATTEMPTS = 5

/**
 * Makes the target hold the record and its bytes as the source does: first a placeholder that leads to the bytes, then the bytes, then
 * the record itself. A record that the source has no more is removed with its bytes.
 * Throws STORE_MISMATCH, KEY_TAKEN or CONTENT_REPLACED when the two cannot be reconciled.
 */
export async function transferAsset(context: TransferContext, pair: Pair<Asset>): Promise<AssetTransfer> {
  const id = (pair.source ?? pair.target).id
  let source: Asset | undefined = pair.source ?? (await context.source.assets.find(id))
  let target = pair.target
  for (let attempt = 1; ; attempt += 1) {
    const done = await attemptTransfer(context, source, target)
    if (done && (done.outcome !== 'missing' || attempt === ATTEMPTS)) return done
    const before = source
    source = await context.source.assets.find(id)
    target = await context.target.assets.find(id)
    // Bytes that are missing under a record which stays as it is will not come back.
    if (done && source?.version === before?.version) return done
    if (attempt === ATTEMPTS) throw new KeepsakeError('CONTENT_REPLACED', 'It keeps changing; transfer again.')
  }
}

/** Answers with nothing when a record has changed meanwhile. */
async function attemptTransfer(
  context: TransferContext,
  source: Asset | undefined,
  target: Asset | undefined,
): Promise<AssetTransfer | undefined> {
  if (!source) return (await removeGone(context, target)) ? summary('removed') : undefined
  if (context.shared === 'database' || target?.version === source.version) {
    const objects = await copyObjects(context, source)
    if (!objects.isWhole) return summary('missing', objects)
    return summary(objects.copied > 0 ? 'copied' : 'present', objects)
  }
  if (target && target.version > source.version) {
    throw new KeepsakeError('STORE_MISMATCH', 'Its record is newer in the target than in the source.')
  }

  const announced = await announce(context, source, target)
  if (announced === 'changed') return undefined
  const objects = await copyObjects(context, source)
  if (!objects.isWhole) return summary('missing', objects)
  if (target) await removeObjects(context, leftBehind(target, source))
  return (await store(context, source, announced)) ? summary('copied', objects) : undefined
}

async function removeGone(context: TransferContext, target: Asset | undefined): Promise<boolean> {
  return !target || context.shared === 'database' || removeCopy(context, target)
}

/** Makes the target lead to the keys that are about to be written; answers with the record that it then has. */
async function announce(
  { target: { assets, records }, shared, now }: TransferContext,
  source: Asset,
  target: Asset | undefined,
): Promise<Asset | undefined | 'changed'> {
  if (shared === 'storage' || heldKeys(source).length === 0) return target
  if (!target) {
    const placeholder = placeholderOf(source, now())
    await assets.insert(placeholder)
    return placeholder
  }
  const keys = [...new Set([...target.keys, ...source.keys])]
  if (keys.length === target.keys.length) return target
  const announced = { ...target, keys }
  return (await records.overwriteAsset(announced, target.version)) ? announced : 'changed'
}

async function copyObjects(context: TransferContext, asset: Asset): Promise<Objects> {
  const outcomes: CopyOutcome[] = []
  for (const key of heldKeys(asset)) {
    if (!asset.content) throw new Error(`The record of asset ${asset.id} has a key and no content.`)
    const outcome = await copyObject(context, key, asset.content)
    if (outcome === 'damaged')
      throw new KeepsakeError('CONTENT_REPLACED', `The bytes under ${key} are not those of its record.`)
    if (outcome === 'occupied') throw new KeepsakeError('KEY_TAKEN', `The target has something else under ${key}.`)
    outcomes.push(outcome)
  }
  const count = (outcome: CopyOutcome) => outcomes.filter((found) => found === outcome).length
  const copied = count('copied')
  // While it is persisting, either of its two objects is enough.
  const isWhole = asset.state === 'persisting' ? count('missing') < outcomes.length : count('missing') === 0
  return { copied, present: count('present'), bytes: copied * (asset.content?.size ?? 0), isWhole }
}

/** The keys under which there must be bytes. What is still arriving is not among them. */
function heldKeys(asset: Asset): string[] {
  return asset.state === 'uploading' || isDead(asset) ? [] : ownKeys(asset)
}

/** What the target has from before, and no worker would ever delete there: the source's worker has deleted it already. */
function leftBehind(before: Asset, source: Asset): string[] {
  const cared = [...usedKeys(source), ...source.garbage.map(({ key }) => key)]
  return keysOf(before).filter((key) => !cared.includes(key))
}

/** Tells whether it did: not when a record has changed meanwhile. */
async function store({ source: from, target }: TransferContext, source: Asset, over?: Asset): Promise<boolean> {
  try {
    if (over) return await target.records.overwriteAsset(source, over.version)
    await target.assets.insert(source)
    return true
  } catch (error) {
    if (!isCode(error, 'NAME_TAKEN') || !source.place) throw error
    // The one that has the place in the target had it in the source when it was copied.
    const holder = await target.records.findByPlace(source.place)
    const now = holder && (await from.assets.find(holder.id))
    if (!holder || now?.place === source.place) return false
    const { place: _, ...released } = holder
    await target.records.overwriteAsset(released, holder.version)
    return false
  }
}

function summary(outcome: AssetOutcome, objects?: Objects): AssetTransfer {
  return {
    outcome,
    objectsCopied: objects?.copied ?? 0,
    objectsPresent: objects?.present ?? 0,
    bytesCopied: objects?.bytes ?? 0,
  }
}
