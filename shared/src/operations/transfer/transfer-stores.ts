import { setTimeout } from 'node:timers/promises'
import type { AccessKey } from '../../domain/access-key.ts'
import type { Asset } from '../../domain/asset.ts'
import type { Batch } from '../../domain/batch.ts'
import { isCode } from '../../domain/errors.ts'
import type { Folder } from '../../domain/folder.ts'
import { expectApart } from './expect-apart.ts'
import { beginTarget, expectTarget, finishTarget } from './expect-target.ts'
import { forEachAtOnce } from './for-each-at-once.ts'
import { mergeSorted, type Pair, readAll } from './merge-sorted.ts'
import { expectFilling } from './remove-copy.ts'
import { type AssetTransfer, transferAsset } from './transfer-asset.ts'
import type { TransferContext } from './transfer-context.ts'

/** What a transfer has done so far. */
export interface TransferSummary {
  /** Records that were stored or whose objects were copied. */
  copied: number
  /** Records that were there already, with their objects. */
  present: number
  /** Records that the source had no more. */
  removed: number
  /** Records that were not transferred, because the source lacks their bytes. */
  missing: number
  /** Records that could not be transferred for another reason. */
  failed: number
  objectsCopied: number
  objectsPresent: number
  bytesCopied: number
}

/** Records that are on their way at once, each with its objects one after the other. */
const WIDTH = 8

/** How often something that is out of reach is tried, with a pause that doubles, milliseconds. */
const TRIES = 5
const FIRST_PAUSE = 500

/**
 * Makes the target hold what the source holds; what is there already is left alone, so that a transfer which was interrupted goes on
 * where it was, and a later one brings what has changed since. Nothing starts on a target before all of it is there. Tells `onProgress`
 * after every asset. Throws STORE_MISMATCH when the target is not the source's to fill, UNAVAILABLE or STORAGE_FULL when it cannot go on,
 * and the signal's reason.
 */
export async function transferStores(
  context: TransferContext,
  onProgress: (summary: TransferSummary) => void,
): Promise<TransferSummary> {
  const { source, target, shared } = context
  await expectTarget(context)
  if (shared !== 'storage') await expectApart(context)
  await beginTarget(context)
  if (shared !== 'database') await transferProjects(context)

  const summary: TransferSummary = {
    copied: 0,
    present: 0,
    removed: 0,
    missing: 0,
    failed: 0,
    objectsCopied: 0,
    objectsPresent: 0,
    bytesCopied: 0,
  }
  await forEachAtOnce(assetPairs(context), WIDTH, async (pair) => {
    context.signal.throwIfAborted()
    await transferOne(context, pair, summary)
    onProgress(summary)
  })
  if (shared !== 'database') {
    await expectFilling(context)
    await transferFolders(context)
    await transferBatches(context)
    // Last: no asset may have a number that the target would give out again.
    for (const counter of await source.records.readCounters()) await target.records.raiseCounter(counter)
  }
  if (summary.failed + summary.missing === 0) await finishTarget(context)
  return summary
}

async function transferProjects({ source, target }: TransferContext): Promise<void> {
  for (const project of await source.records.readProjects()) await target.records.storeProject(project)
  const accessKeys = readAll<AccessKey>((limit, after) => source.records.readAccessKeys(limit, after?.id))
  for await (const accessKey of accessKeys) await target.records.storeAccessKey(accessKey)
}

async function transferFolders({ source, target }: TransferContext): Promise<void> {
  const byProjectAndId = (a: Folder, b: Folder) => compareText(a.projectId, b.projectId) || a.id - b.id
  const pairs = mergeSorted<Folder>(
    (limit, after) => source.records.readFolders(limit, after),
    (limit, after) => target.records.readFolders(limit, after),
    byProjectAndId,
  )
  for await (const { source: folder, target: known } of pairs) {
    if (!folder) await target.folders.delete(known.projectId, known.id)
    else if (folder.path !== known?.path) await target.records.storeFolder(folder)
  }
}

async function transferBatches({ source, target }: TransferContext): Promise<void> {
  const pairs = mergeSorted<Batch>(
    (limit, after) => source.records.readBatches(limit, after?.id),
    (limit, after) => target.records.readBatches(limit, after?.id),
    byId,
  )
  for await (const { source: batch, target: known } of pairs) {
    if (!batch) await target.records.removeBatch(known.id)
    else if (batch.state !== known?.state) await target.records.storeBatch(batch)
  }
}

function assetPairs({ source, target, shared }: TransferContext): AsyncGenerator<Pair<Asset>, void, void> {
  return mergeSorted<Asset>(
    (limit, after) => source.records.readAssets(limit, after?.id),
    async (limit, after) => (shared === 'database' ? [] : target.records.readAssets(limit, after?.id)),
    byId,
  )
}

async function transferOne(context: TransferContext, pair: Pair<Asset>, summary: TransferSummary): Promise<void> {
  const { id } = pair.source ?? pair.target
  try {
    const { outcome, objectsCopied, objectsPresent, bytesCopied } = await persevere(context, pair)
    summary[outcome] += 1
    summary.objectsCopied += objectsCopied
    summary.objectsPresent += objectsPresent
    summary.bytesCopied += bytesCopied
    if (outcome === 'missing') context.onProblem(id, 'The source lacks its bytes.')
  } catch (error) {
    context.signal.throwIfAborted()
    if (isCode(error, 'UNAVAILABLE', 'OUTCOME_UNKNOWN', 'STORAGE_FULL')) throw error
    summary.failed += 1
    context.onProblem(id, error instanceof Error ? error.message : String(error))
  }
}

/** Tries again while something is out of reach. */
async function persevere(context: TransferContext, pair: Pair<Asset>): Promise<AssetTransfer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transferAsset(context, pair)
    } catch (error) {
      if (!isCode(error, 'UNAVAILABLE', 'OUTCOME_UNKNOWN') || attempt === TRIES) throw error
      await setTimeout(FIRST_PAUSE * 2 ** (attempt - 1), undefined, { signal: context.signal })
    }
  }
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return compareText(a.id, b.id)
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
