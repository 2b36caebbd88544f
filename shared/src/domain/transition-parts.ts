import { type Asset, type AssetState, type Garbage, isDead, next, ownKeys, type Retired } from './asset.ts'
import { assetNotFound } from './errors.ts'
import type { Settings } from './settings.ts'

/** Milliseconds. */
export const SECOND = 1000
/** Milliseconds. */
export const MINUTE = 60 * SECOND
/** Milliseconds. */
export const HOUR = 60 * MINUTE
/** Milliseconds. */
export const DAY = 24 * HOUR

/** How much longer than the request itself an upload's record waits, so that the worker never cuts a living request. */
const UPLOAD_GRACE = 1.25

/** A suffix that nobody draws twice: see `replacementSuffix`. */
const REPLACEMENT_KEY = /-[0-9a-z]{12}(\.[^./]*)?$/

/** What every record begins with. */
export function blank(now: Date) {
  return {
    keys: [],
    retired: [],
    incoming: [],
    garbage: [],
    marks: [],
    flags: [],
    version: 0,
    failures: 0,
    createdAt: now,
    updatedAt: now,
  }
}

/** Until when an upload that begins now is under way at most. */
export function uploadDeadline(now: Date, settings: Settings): Date {
  return after(now, settings.uploadTimeout * UPLOAD_GRACE)
}

/** A record's end: what it led to becomes garbage, and it is remembered for as long as a writer may still be asleep. */
export function die(
  asset: Asset,
  state: 'expired' | 'deleted',
  now: Date,
  purgeAfter: Date,
  change?: Pick<Asset, 'updatedAt'>,
): Asset {
  // A writer that is still asleep must find its record when it wakes up: a key that was never claimed has no such writer.
  const memory = asset.state === 'temporary' ? 0 : asset.state === 'uploading' ? DAY : 7 * DAY
  // Never before what is waiting already, whatever the clocks say: a copy's target must not go before its source.
  const from = Math.max(purgeAfter.getTime(), ...asset.garbage.map((garbage) => garbage.after.getTime()))
  return next(asset, {
    ...change,
    state,
    garbage: withGarbage(asset, ownKeys(asset), new Date(from)),
    forgetAt: after(now, memory),
    place: undefined,
    deadline: undefined,
    claimedAt: undefined,
    leaseUntil: undefined,
    marks: [],
  })
}

/** The record's garbage and `keys`, which may be deleted from `from` on. */
export function withGarbage(asset: Asset, keys: readonly string[], from: Date): Garbage[] {
  const known = asset.garbage.map(({ key }) => key)
  return [...asset.garbage, ...keys.filter((key) => !known.includes(key)).map((key) => ({ key, after: from }))]
}

/** The record's retired keys and those of `keys` that it claimed. A key without a long random suffix could be drawn again, and waits longer. */
export function retire(asset: Asset, keys: readonly string[], now: Date): Retired[] {
  const known = asset.retired.map(({ key }) => key)
  const fresh = keys.filter((key) => asset.keys.includes(key) && !known.includes(key))
  return [
    ...asset.retired,
    ...fresh.map((key) => ({ key, forgetAt: after(now, REPLACEMENT_KEY.test(key) ? DAY : 7 * DAY) })),
  ]
}

/** Later than the last change, even when clocks disagree. */
export function touch(asset: Asset, now: Date): Date {
  return new Date(Math.max(now.getTime(), asset.updatedAt.getTime() + 1))
}

/** `duration` milliseconds later. */
export function after(now: Date, duration: number): Date {
  return new Date(now.getTime() + duration)
}

/** A dead record in a request's way is an asset that is not there; anything else is a bug of the caller. */
export function expectState(asset: Asset, ...allowed: AssetState[]): void {
  if (allowed.includes(asset.state)) return
  if (isDead(asset)) throw assetNotFound()
  throw new Error(`Asset ${asset.id} is ${asset.state}; expected ${allowed.join(' or ')}.`)
}
