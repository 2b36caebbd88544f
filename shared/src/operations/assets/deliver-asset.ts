import type { Asset, Content } from '../../domain/asset.ts'
import { temporaryKey } from '../../domain/asset.ts'
import { assetNotFound, isCode, KeepsakeError } from '../../domain/errors.ts'
import { isLate } from '../../domain/transitions.ts'
import type { Context } from '../../ports/context.ts'
import type { ByteRange, OpenObject } from '../../ports/storage.ts'

/** How a reader names bytes: by permanent key, by temporary id, or by the asset's id for whatever its content is now. */
export type Address = { readonly key: string } | { readonly tempId: string } | { readonly assetId: string }

/** An asset whose bytes may be read. */
export interface Delivery {
  readonly asset: Asset & { readonly content: Content }
  /**
   * Opens the bytes, all of them or a range. Throws ASSET_NOT_FOUND when the asset went away meanwhile, CONTENT_REPLACED when other
   * bytes took their place and the asset must be found again, UNAVAILABLE, and an Error when the record still leads to bytes that are missing or of another size.
   */
  open(range?: ByteRange): Promise<OpenObject>
}

/** Finds what an address leads to. Whoever knows the address may read. Throws ASSET_NOT_FOUND. */
export async function deliverAsset(context: Context, address: Address): Promise<Delivery> {
  const found = await findReadable(context, address)
  if (!found) throw assetNotFound()
  return {
    asset: found.asset,
    async open(range) {
      try {
        return expectSize(await context.storage.open(found.key, range), found)
      } catch (error) {
        if (!isCode(error, 'OBJECT_NOT_FOUND')) throw error
        // The record may have moved on between the two reads; if not, bytes are lost, and that is no 404.
        const now = await findReadable(context, address)
        if (!now) throw assetNotFound()
        if (now.key !== found.key) throw new KeepsakeError('CONTENT_REPLACED', 'The file was just replaced; try again.')
        throw new Error(`The object ${found.key} of asset ${found.asset.id} is missing.`, { cause: error })
      }
    },
  }
}

interface Readable {
  readonly asset: Asset & { readonly content: Content }
  readonly key: string
}

async function findReadable(context: Context, address: Address): Promise<Readable | undefined> {
  if ('key' in address) {
    const asset = await context.assets.findByKey(address.key)
    return asset?.state === 'persisted' ? withContent(asset, address.key) : undefined
  }
  if ('assetId' in address) {
    const asset = await context.assets.find(address.assetId)
    return asset?.state === 'persisted' && asset.key ? withContent(asset, asset.key) : undefined
  }
  const asset = await context.assets.findByTempId(address.tempId)
  const isWaiting = asset?.state === 'temporary' ? !isLate(asset, context.now()) : asset?.state === 'persisting'
  return asset && isWaiting ? withContent(asset, temporaryKey(address.tempId)) : undefined
}

function withContent(asset: Asset, key: string): Readable {
  const { content } = asset
  if (!content) throw new Error(`Asset ${asset.id} is ${asset.state} without content.`)
  return { asset: { ...asset, content }, key }
}

/** Never short and clean: what is not the size of the record is not delivered. */
function expectSize(object: OpenObject, { asset, key }: Readable): OpenObject {
  if (object.size === asset.content.size) return object
  if (!(object.body instanceof Uint8Array)) object.body.destroy()
  throw new Error(`The object ${key} of asset ${asset.id} has ${object.size} bytes instead of ${asset.content.size}.`)
}

/** Where a hotlink points, by the asset's id; undefined for every other asset. */
export async function findHotlink(context: Context, assetId: string): Promise<string | undefined> {
  const asset = await context.assets.find(assetId)
  return asset?.state === 'persisted' ? asset.url : undefined
}
