import { type Asset, next, type Received } from './asset.ts'
import { assetNotFound, KeepsakeError } from './errors.ts'
import { FLAGS, type Flag, flagsByName } from './kind.ts'
import { parsePlace, placeKey } from './place.ts'
import type { Settings } from './settings.ts'
import { after, blank, expectState, retire, touch, uploadDeadline, withGarbage } from './transition-parts.ts'

/** What a client says of an asset beside its bytes and its place; `null` takes a number away. */
export interface Attributes {
  readonly flags?: Readonly<Partial<Record<Flag, boolean>>>
  readonly width?: number | null
  readonly height?: number | null
}

type Begun = Pick<Asset, 'id' | 'projectId' | 'userId' | 'name'>

/** A new record whose bytes go straight to their permanent key, announced before one is written. */
export function beginCreate(begun: Begun & { readonly key: string }, now: Date, settings: Settings): Asset {
  const deadline = uploadDeadline(now, settings)
  return next({ ...begun, ...blank(now), keys: [begun.key], state: 'uploading' }, { deadline })
}

/** Where a created asset is listed, under which number. */
export interface Listing {
  readonly folder: string
  readonly name: string
  readonly number: number
}

/** `uploading → persisted`, of a created asset. */
export function finishCreate(
  asset: Asset,
  { dimensions, ...content }: Received,
  listing: Listing,
  said: Attributes,
): Asset {
  expectState(asset, 'uploading')
  const place = listed(asset.projectId, listing)
  return next(asset, {
    ...place,
    ...withAttributes({ ...place, ...dimensions }, said),
    state: 'persisted',
    content,
    deadline: undefined,
  })
}

/** A new record that only points elsewhere: it has no bytes. */
export function createHotlink(begun: Begun, url: string, listing: Listing, said: Attributes, now: Date): Asset {
  const record: Asset = { ...begun, ...blank(now), state: 'persisted', ...listed(begun.projectId, listing), url }
  return next(record, withAttributes(record, said))
}

/** The key of content that will replace the asset's is announced before a byte is written. */
export function announce(asset: Asset, key: string, now: Date, settings: Settings): Asset {
  expectState(asset, 'persisted')
  if (asset.keys.includes(key)) throw new KeepsakeError('KEY_TAKEN', 'The asset had that key before.')
  return next(asset, {
    incoming: [...asset.incoming, { key, deadline: uploadDeadline(now, settings) }],
    keys: [...asset.keys, key],
  })
}

/** The announced content takes the place of the old one, whose object becomes garbage. Legal only while its key is incoming. */
export function flip(
  asset: Asset,
  key: string,
  { dimensions, ...content }: Received,
  said: Attributes,
  now: Date,
  settings: Settings,
): Asset {
  expectState(asset, 'persisted')
  if (!asset.incoming.some((incoming) => incoming.key === key)) throw assetNotFound()
  const old = asset.key ? [asset.key] : []
  const fresh = { ...asset, width: dimensions?.width, height: dimensions?.height }
  return next(asset, {
    key,
    content,
    url: undefined,
    incoming: asset.incoming.filter((incoming) => incoming.key !== key),
    retired: retire(asset, old, now),
    garbage: withGarbage(asset, old, after(now, settings.purgeDelay)),
    ...withAttributes(fresh, said),
    updatedAt: touch(asset, now),
  })
}

/** The asset points elsewhere from now on; the object that it had becomes garbage. */
export function becomeHotlink(asset: Asset, url: string, said: Attributes, now: Date, settings: Settings): Asset {
  expectState(asset, 'persisted')
  const old = asset.key ? [asset.key] : []
  return next(asset, {
    url,
    key: undefined,
    content: undefined,
    retired: retire(asset, old, now),
    garbage: withGarbage(asset, old, after(now, settings.purgeDelay)),
    ...withAttributes(asset, said),
    updatedAt: touch(asset, now),
  })
}

/** What a client wants to be different. */
export interface Update {
  readonly name?: string
  readonly folder?: string
  /** The target of a hotlink. */
  readonly url?: string
  readonly said: Attributes
}

/**
 * Applies an update that brings no bytes; one that changes nothing returns the same record.
 * A rename and a move each come alone, else BODY_INVALID is thrown; a name or folder that the asset has already is neither.
 */
export function update(asset: Asset, wanted: Update, now: Date, settings: Settings): Asset {
  expectState(asset, 'persisted')
  const { name, folder, url, said } = wanted
  const { renames, moves } = changesOfPlace(asset, wanted)
  if (renames && name !== undefined) return rename(asset, name, now)
  if (moves && folder !== undefined) return move(asset, folder, now)
  if (url !== undefined) return becomeHotlink(asset, url, said, now, settings)
  return saysAnything(said) ? describe(asset, said, now) : asset
}

/** Whether an update renames or moves the asset. Throws BODY_INVALID when anything comes along with that. */
export function changesOfPlace(
  asset: Asset,
  { name, folder, url, said }: Update,
  bringsContent = false,
): { renames: boolean; moves: boolean } {
  const place = placeOf(asset)
  const renames = name !== undefined && name !== place.name
  const moves = folder !== undefined && folder !== place.folder
  const changes = [renames, moves, bringsContent || url !== undefined || saysAnything(said)]
  if ((renames || moves) && changes.filter(Boolean).length > 1) {
    const what = renames ? 'renaming' : 'moving'
    throw new KeepsakeError('BODY_INVALID', `no other updates are accepted when ${what} an asset`)
  }
  return { renames, moves }
}

function saysAnything({ flags = {}, width, height }: Attributes): boolean {
  return width !== undefined || height !== undefined || Object.keys(flags).length > 0
}

/** Another name in the same folder; the kinds follow it. Key and url stay. */
export function rename(asset: Asset, name: string, now: Date): Asset {
  expectState(asset, 'persisted')
  const place = placeKey(asset.projectId, { ...placeOf(asset), name })
  const others = asset.flags.filter((flag) => flag === 'async' || flag === 'defer')
  return next(asset, { name, place, flags: [...flagsByName(name), ...others], updatedAt: touch(asset, now) })
}

/** The same name in another folder. */
export function move(asset: Asset, folder: string, now: Date): Asset {
  expectState(asset, 'persisted')
  const place = placeKey(asset.projectId, { ...placeOf(asset), folder })
  return next(asset, { place, updatedAt: touch(asset, now) })
}

/** What a client says of it changes; bytes and place stay. */
export function describe(asset: Asset, said: Attributes, now: Date): Asset {
  expectState(asset, 'persisted')
  return next(asset, { ...withAttributes(asset, said), updatedAt: touch(asset, now) })
}

/** Where a living asset is listed. */
export function placeOf(asset: Asset): { folder: string; name: string } {
  if (!asset.place) throw new Error(`Asset ${asset.id} is ${asset.state} and has no place.`)
  return parsePlace(asset.place)
}

function listed(projectId: string, { number, ...place }: Listing) {
  return { number, name: place.name, place: placeKey(projectId, place), flags: flagsByName(place.name) }
}

function withAttributes(
  { flags, width, height }: { flags: readonly Flag[]; width?: number | undefined; height?: number | undefined },
  said: Attributes,
) {
  return {
    flags: FLAGS.filter((flag) => said.flags?.[flag] ?? flags.includes(flag)),
    width: said.width === undefined ? width : (said.width ?? undefined),
    height: said.height === undefined ? height : (said.height ?? undefined),
  }
}
