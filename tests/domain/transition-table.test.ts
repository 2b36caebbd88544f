import type { Asset, AssetState } from '@keepsake/shared/domain/asset'
import { isCode, KeepsakeError } from '@keepsake/shared/domain/errors'
import {
  abandonIncoming,
  claim,
  commit,
  completeUpload,
  deletePersisted,
  drop,
  expire,
  giveUp,
  mark,
  owe,
  prune,
  purge,
  putOff,
  refuseUpload,
} from '@keepsake/shared/domain/transitions'
import { assetIn, at, content, DAY, START, settings, TARGET } from './asset-stages.ts'

const STATES = ['uploading', 'temporary', 'persisting', 'persisted', 'expired', 'deleted'] as const

/** Where a transition leads, the code with which it refuses, or `bug` when asking for it is one. */
type Outcome = AssetState | 'bug' | 'ASSET_NOT_FOUND' | 'ASSET_BUSY'

const GONE = 'ASSET_NOT_FOUND'
const STAYS: Outcome[] = [...STATES]

const table: [string, (asset: Asset) => Asset, Outcome[]][] = [
  [
    'completeUpload',
    (a) => completeUpload(a, content, START, settings),
    ['temporary', 'bug', 'bug', 'bug', GONE, GONE],
  ],
  ['refuseUpload', (a) => refuseUpload(a, START), ['expired', 'bug', 'bug', 'bug', GONE, GONE]],
  ['expire', (a) => expire(a, at(DAY), settings), ['expired', 'expired', 'bug', 'bug', GONE, GONE]],
  ['drop', (a) => drop(a, START, settings), ['bug', 'deleted', 'bug', 'bug', GONE, GONE]],
  ['mark', (a) => mark(a, 'b1'), ['bug', 'temporary', 'bug', 'bug', GONE, GONE]],
  ['claim', (a) => claim(a, TARGET, START, settings), ['bug', 'persisting', 'bug', 'bug', GONE, GONE]],
  ['commit', (a) => commit(a, 1, START, settings), ['bug', 'bug', 'persisted', 'bug', GONE, GONE]],
  ['giveUp', (a) => giveUp(a, START), ['bug', 'bug', 'expired', 'bug', GONE, GONE]],
  ['deletePersisted', (a) => deletePersisted(a, START, settings), ['bug', 'bug', 'ASSET_BUSY', 'deleted', GONE, GONE]],
  ['prune', (a) => prune(a, ['uploads/b']), STAYS],
  ['owe', (a) => owe(a, 'uploads/b', START), STAYS],
  ['abandonIncoming', (a) => abandonIncoming(a, START), STAYS],
  ['purge', (a) => purge(a, []), STAYS],
  ['putOff', (a) => putOff(a, START), STAYS],
]

const cases = table.flatMap(([name, transition, outcomes]) =>
  STATES.map((state, index) => [name, state, outcomes[index], transition] as const),
)

function outcomeOf(transition: (asset: Asset) => Asset, asset: Asset): Outcome {
  try {
    return transition(asset).state
  } catch (error) {
    if (!(error instanceof KeepsakeError)) return 'bug'
    return isCode(error, 'ASSET_BUSY') ? 'ASSET_BUSY' : 'ASSET_NOT_FOUND'
  }
}

test.each(cases)('%s of an asset that is %s: %s', (_name, state, outcome, transition) => {
  const asset = assetIn(state)
  const before = structuredClone(asset)

  expect(outcomeOf(transition, asset)).toBe(outcome)
  expect(asset).toEqual(before)
})
