import { type Asset, keysOf, prunable, type Received } from '@keepsake/shared/domain/asset'
import * as entries from '@keepsake/shared/domain/entry-transitions'
import { isCode } from '@keepsake/shared/domain/errors'
import * as transitions from '@keepsake/shared/domain/transitions'
import fc from 'fast-check'
import { begun, content, created, DAY, HOUR, START, settings } from './asset-stages.ts'

interface Move {
  readonly name: string
  readonly apply: (now: Date) => Asset
}

/** One step of a life: how much time passes, which of the legal moves is made, with which of a few keys. */
const step = fc.record({
  pause: fc.oneof(fc.nat(1000), fc.integer({ min: HOUR, max: 3 * HOUR }), fc.integer({ min: DAY, max: 10 * DAY })),
  choice: fc.nat(),
  key: fc.constantFrom('uploads/a', 'uploads/b', 'uploads/c'),
})

/** How it begins, and up to 40 steps. */
export const life = fc.record({
  birth: fc.constantFrom('upload', 'create', 'hotlink'),
  steps: fc.array(step, { minLength: 1, maxLength: 40 }),
})

/** A life to live through. */
export type Life = typeof life extends fc.Arbitrary<infer T> ? T : never

const LISTING = { folder: 'f', name: 'a.png', number: 1 }
const URL = 'https://example.com/'

function beginning(birth: Life['birth']): Asset {
  if (birth === 'upload') return begun()
  if (birth === 'create') return created()
  const hotlink = { id: 'a1', projectId: 'p1', userId: 'u1', name: 'a.png' }
  return entries.createHotlink(hotlink, URL, LISTING, {}, START)
}

function legalMoves(asset: Asset, key: string, fresh: string, now: Date): Move[] {
  const place = { folder: 'f', name: `${key.length}.js` }
  const moves: (Move | false)[] = [
    ...uploadMoves(asset),
    asset.state === 'temporary' && {
      name: 'claim',
      apply: (at) => transitions.claim(asset, { key, place }, at, settings),
    },
    asset.state === 'temporary' && { name: 'mark', apply: () => transitions.mark(asset, key) },
    ...(asset.state === 'persisted' ? entryMoves(asset, key, fresh) : []),
    transitions.isLate(asset, now) && { name: 'expire', apply: (at) => transitions.expire(asset, at, settings) },
    ...debts(asset, key),
    ...upkeepMoves(asset, now),
  ]
  return moves.filter((move) => move !== false)
}

function uploadMoves(asset: Asset): (Move | false)[] {
  const { state, tempId } = asset
  return [
    state === 'uploading' &&
      tempId !== undefined && {
        name: 'complete',
        apply: (at) => transitions.completeUpload(asset, content, at, settings),
      },
    state === 'uploading' &&
      tempId === undefined && {
        name: 'finish',
        apply: () => entries.finishCreate(asset, content, LISTING, {}),
      },
    state === 'uploading' && { name: 'refuse', apply: (at) => transitions.refuseUpload(asset, at) },
    state === 'temporary' && { name: 'drop', apply: (at) => transitions.drop(asset, at, settings) },
    state === 'persisting' && { name: 'commit', apply: (at) => transitions.commit(asset, 1, at, settings) },
    state === 'persisting' && { name: 'give up', apply: (at) => transitions.giveUp(asset, at) },
  ]
}

function entryMoves(asset: Asset, key: string, fresh: string): Move[] {
  const received: Received = { ...content, dimensions: { width: 2, height: 1 } }
  const flip = (written: string) => ({
    name: 'flip',
    apply: (at: Date) => entries.flip(asset, written, received, {}, at, settings),
  })
  return [
    { name: 'delete', apply: (at) => transitions.deletePersisted(asset, at, settings) },
    { name: 'announce', apply: (at) => entries.announce(asset, fresh, at, settings) },
    ...asset.incoming.map((incoming) => flip(incoming.key)),
    { name: 'become a hotlink', apply: (at) => entries.becomeHotlink(asset, URL, {}, at, settings) },
    { name: 'rename', apply: (at) => entries.rename(asset, `${key.slice(-1)}.css`, at) },
    { name: 'move', apply: (at) => entries.move(asset, key, at) },
    { name: 'describe', apply: (at) => entries.describe(asset, { flags: { async: true }, width: null }, at) },
  ]
}

function debts(asset: Asset, key: string): Move[] {
  const written = asset.incoming.map((incoming) => incoming.key)
  return [
    { name: 'owe', apply: (at) => transitions.owe(asset, key, at) },
    ...keysOf(asset).map((own) => ({ name: 'owe its own', apply: (at: Date) => transitions.owe(asset, own, at) })),
    ...written.map((own) => ({ name: 'owe what was written', apply: (at: Date) => transitions.owe(asset, own, at) })),
  ]
}

function upkeepMoves(asset: Asset, now: Date): (Move | false)[] {
  const payable = asset.garbage.filter(({ after }) => after <= now).map(({ key }) => key)
  const served = prunable(asset)
    .filter(({ forgetAt }) => forgetAt <= now)
    .map(({ key }) => key)
  return [
    { name: 'abandon', apply: (at) => transitions.abandonIncoming(asset, at) },
    payable.length > 0 && { name: 'purge', apply: () => transitions.purge(asset, payable) },
    served.length > 0 && { name: 'prune', apply: () => transitions.prune(asset, served) },
    { name: 'put off', apply: (at) => transitions.putOff(asset, at) },
  ]
}

/** Lives through the steps; `check` sees every record beside the one before it. */
export function live({ birth, steps }: Life, check: (before: Asset, after: Asset, move: string) => void) {
  let asset = beginning(birth)
  let now = START
  for (const [index, { pause, choice, key }] of steps.entries()) {
    now = new Date(now.getTime() + pause)
    const moves = legalMoves(asset, key, `uploads/fresh-${String(index).padStart(12, '0')}`, now)
    const move = moves[choice % moves.length]
    const after = move && attempt(move, asset, now)
    if (move && after) check(asset, after, move.name)
    asset = after ?? asset
  }
}

/** A claim of a key that the record had before is refused, and nothing happens. */
function attempt(move: Move, asset: Asset, now: Date): Asset | undefined {
  try {
    return move.apply(now)
  } catch (error) {
    if (move.name !== 'claim' || !isCode(error, 'KEY_TAKEN')) throw error
    expect(asset.keys.length).toBeGreaterThan(0)
    return undefined
  }
}
