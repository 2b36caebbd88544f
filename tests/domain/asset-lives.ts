import { type Asset, hasSpareKeys, keysOf, pruneAt } from '@keepsake/shared/domain/asset'
import { isCode } from '@keepsake/shared/domain/errors'
import {
  abandonIncoming,
  claim,
  commit,
  completeUpload,
  deletePersisted,
  drop,
  expire,
  giveUp,
  isLate,
  mark,
  owe,
  prune,
  purge,
  putOff,
  refuseUpload,
} from '@keepsake/shared/domain/transitions'
import fc from 'fast-check'
import { announced, begun, content, DAY, HOUR, START, settings } from './asset-stages.ts'

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

/** Up to 40 steps. */
export const life = fc.array(step, { minLength: 1, maxLength: 40 })

function legalMoves(asset: Asset, key: string, fresh: string, now: Date): Move[] {
  const { state } = asset
  const isSettled = asset.garbage.length === 0 && asset.incoming.length === 0
  const payable = asset.garbage.filter(({ after }) => after <= now).map((garbage) => garbage.key)
  const written = asset.incoming.map((incoming) => incoming.key)
  const moves: (Move | false)[] = [
    state === 'uploading' && { name: 'complete', apply: (at) => completeUpload(asset, content, at, settings) },
    state === 'uploading' && { name: 'refuse', apply: (at) => refuseUpload(asset, at) },
    isLate(asset, now) && { name: 'expire', apply: (at) => expire(asset, at, settings) },
    state === 'temporary' && { name: 'drop', apply: (at) => drop(asset, at, settings) },
    state === 'temporary' && { name: 'mark', apply: () => mark(asset, key) },
    state === 'temporary' && { name: 'claim', apply: (at) => claim(asset, { key, place: key }, at, settings) },
    state === 'persisting' && { name: 'commit', apply: (at) => commit(asset, 1, at, settings) },
    state === 'persisting' && { name: 'give up', apply: (at) => giveUp(asset, at) },
    state === 'persisted' && { name: 'delete', apply: (at) => deletePersisted(asset, at, settings) },
    state === 'persisted' && {
      name: 'announce',
      apply: (at) => announced(asset, fresh, new Date(at.getTime() + HOUR)),
    },
    hasSpareKeys(asset) && isSettled && pruneAt(asset) <= now && { name: 'prune', apply: () => prune(asset) },
    { name: 'owe', apply: (at) => owe(asset, key, at) },
    ...keysOf(asset).map((own) => ({ name: 'owe its own', apply: (at: Date) => owe(asset, own, at) })),
    ...written.map((own) => ({ name: 'owe what was written', apply: (at: Date) => owe(asset, own, at) })),
    { name: 'abandon', apply: (at) => abandonIncoming(asset, at) },
    payable.length > 0 && { name: 'purge', apply: () => purge(asset, payable) },
    { name: 'put off', apply: (at) => putOff(asset, at) },
  ]
  return moves.filter((move) => move !== false)
}

/** Lives through the steps; `check` sees every record beside the one before it. */
export function live(
  steps: { pause: number; choice: number; key: string }[],
  check: (before: Asset, after: Asset, move: string) => void,
) {
  let asset = begun()
  let now = START
  for (const [index, { pause, choice, key }] of steps.entries()) {
    now = new Date(now.getTime() + pause)
    const moves = legalMoves(asset, key, `uploads/fresh-${index}`, now)
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
