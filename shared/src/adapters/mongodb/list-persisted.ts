import type { Asset } from '../../domain/asset.ts'
import type { AssetQuery } from '../../domain/asset-query.ts'
import type { AssetPage } from '../../ports/asset-repository.ts'
import { toAsset } from './asset-document.ts'
import type { BlockCounts } from './block-counts.ts'
import { BLOCK_SIZE } from './count-blocks.ts'
import { type Condition, filterToQuery } from './filter-to-query.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { OPERATION } from './schema-options.ts'

/** A page of a project's persisted assets. */
export async function listPersisted(
  database: MongoDatabase,
  blocks: BlockCounts,
  projectId: string,
  { filters, page, pageSize }: AssetQuery,
): Promise<AssetPage> {
  const offset = Math.min((page - 1) * pageSize, Number.MAX_SAFE_INTEGER)
  if (filters.length === 0) return listAll(database, blocks, projectId, offset, pageSize)
  return listFiltered(database, { ...listed(projectId), $and: filters.map(filterToQuery) }, offset, pageSize)
}

function listed(projectId: string): Condition {
  return { projectId, state: 'persisted', number: { $gte: 0 } }
}

/** The counts of the blocks tell where a page begins and ends: its depth costs nothing. */
async function listAll(
  database: MongoDatabase,
  blocks: BlockCounts,
  projectId: string,
  offset: number,
  pageSize: number,
): Promise<AssetPage> {
  let total = 0
  let first: { readonly block: number; readonly skipped: number } | undefined
  let last = 0
  for (const { block, live } of await blocks.read(projectId)) {
    if (offset < total + live) first ??= { block, skipped: total }
    if (total < offset + pageSize) last = block
    total += live
  }
  if (!first) return { assets: [], total }
  const number = { $gte: first.block * BLOCK_SIZE, $lt: (last + 1) * BLOCK_SIZE }
  return { assets: await read(database, { ...listed(projectId), number }, offset - first.skipped, pageSize), total }
}

async function listFiltered(
  database: MongoDatabase,
  condition: Condition,
  offset: number,
  pageSize: number,
): Promise<AssetPage> {
  const assets = await read(database, condition, offset, pageSize)
  // A page that is not full is the last one: nothing is left to be counted.
  const isLast = assets.length < pageSize && (assets.length > 0 || offset === 0)
  if (isLast) return { assets, total: offset + assets.length }
  const total = await database.read(() => database.assets.countDocuments(condition).maxTimeMS(OPERATION))
  return { assets, total }
}

async function read(database: MongoDatabase, condition: Condition, skip: number, limit: number): Promise<Asset[]> {
  const found = await database.read(() =>
    database.assets.find(condition).sort({ number: 1 }).skip(skip).limit(limit).lean().maxTimeMS(OPERATION),
  )
  return found.map(toAsset)
}
