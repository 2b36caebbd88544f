import { isDead, keysOf, next, ownKeys, prunable, usedKeys } from '@keepsake/shared/domain/asset'
import { announced, assetIn, at, DAY, HOUR, MINUTE, START, TARGET, TEMPORARY_KEY } from './asset-stages.ts'

const NEW_KEY = 'uploads/2024/01/16/a-abcdefghijkl.txt'

describe('the keys that a record uses', () => {
  test.each([
    ['uploading', [TEMPORARY_KEY]],
    ['temporary', [TEMPORARY_KEY]],
    ['persisting', [TEMPORARY_KEY, TARGET.key]],
    ['persisted', [TARGET.key]],
    ['expired', []],
    ['deleted', []],
  ] as const)('while %s are %j', (state, keys) => {
    expect(usedKeys(assetIn(state))).toEqual(keys)
  })

  test('hold what is being written, also in a dead record', () => {
    const alive = announced(assetIn('persisted'), NEW_KEY, at(HOUR))
    const dead = next(alive, { state: 'deleted', garbage: [{ key: TARGET.key, after: START }] })

    expect(usedKeys(alive)).toEqual([TARGET.key, NEW_KEY])
    expect(ownKeys(alive)).toEqual([TARGET.key])
    expect(usedKeys(dead)).toEqual([NEW_KEY])
  })

  test('are among all keys that it ever led to, the temporary one first', () => {
    expect(keysOf(assetIn('uploading'))).toEqual([TEMPORARY_KEY])
    expect(keysOf(announced(assetIn('persisted'), NEW_KEY, START))).toEqual([TEMPORARY_KEY, TARGET.key, NEW_KEY])
  })
})

describe('the end of a transition', () => {
  test('raises the version by one', () => {
    const asset = assetIn('temporary')

    expect(next(asset, {}).version).toBe(asset.version + 1)
  })

  test('leaves the record it began with as it was', () => {
    const asset = assetIn('temporary')
    const before = structuredClone(asset)

    next(asset, { marks: ['b1'], deadline: undefined })

    expect(asset).toEqual(before)
  })

  test('takes away the members that are undefined', () => {
    expect(next(assetIn('temporary'), { deadline: undefined })).not.toHaveProperty('deadline')
  })

  test('forgets that the worker failed on it', () => {
    const failed = next(assetIn('temporary'), { failures: 3, retryAt: at(DAY) })

    expect(next(failed, {})).toMatchObject({ failures: 0 })
    expect(next(failed, {})).not.toHaveProperty('retryAt')
  })

  test.each([
    ['temporary', TEMPORARY_KEY],
    ['persisting', TEMPORARY_KEY],
    ['persisting', TARGET.key],
    ['persisted', TARGET.key],
  ] as const)('never makes garbage of what a record in use holds: %s, %s', (state, key) => {
    expect(() => next(assetIn(state), { garbage: [{ key, after: START }] })).toThrow(/in use/)
  })

  test('never makes garbage of what is being written, also when the record dies', () => {
    const asset = announced(assetIn('persisted'), NEW_KEY, at(HOUR))
    const garbage = [{ key: NEW_KEY, after: START }]

    expect(() => next(asset, { garbage })).toThrow(/in use/)
    expect(() => next(asset, { state: 'deleted', garbage })).toThrow(/in use/)
  })
})

describe('the time at which the worker looks again', () => {
  test.each([
    ['an upload: its deadline', assetIn('uploading'), at(1.25 * HOUR)],
    ['a temporary asset: its deadline', assetIn('temporary'), at(DAY)],
    ['a persist: its lease', assetIn('persisting'), at(MINUTE)],
    ['fresh garbage', assetIn('persisted'), at(2 * HOUR)],
    ['a dead record with garbage: not before the garbage', assetIn('deleted'), at(2 * HOUR)],
  ])('is right for %s', (_case, asset, expected) => {
    expect(asset.dueAt).toEqual(expected)
  })

  test('is absent where there is no reason', () => {
    expect(next(assetIn('persisted'), { garbage: [] })).not.toHaveProperty('dueAt')
  })

  test('is the earliest of several reasons', () => {
    const garbage = [
      { key: 'uploads/b', after: at(3 * HOUR) },
      { key: 'uploads/c', after: at(1 * HOUR) },
    ]

    expect(next(assetIn('temporary'), { garbage }).dueAt).toEqual(at(HOUR))
    expect(announced(next(assetIn('persisted'), { garbage }), NEW_KEY, at(MINUTE)).dueAt).toEqual(at(MINUTE))
  })

  test('is not before the retry of one that failed', () => {
    expect(next(assetIn('persisting'), { retryAt: at(HOUR) }).dueAt).toEqual(at(HOUR))
    expect(next(assetIn('persisting'), { retryAt: START }).dueAt).toEqual(at(MINUTE))
  })

  test('of a dead record is the day on which it may be forgotten, once nothing is owed', () => {
    const settled = next(assetIn('deleted'), { garbage: [], forgetAt: at(7 * DAY) })

    expect(settled.dueAt).toEqual(at(7 * DAY))
    expect(next(settled, { incoming: [{ key: NEW_KEY, deadline: at(8 * DAY) }] }).dueAt).toEqual(at(8 * DAY))
  })

  test('of a retired key is the day on which it may be forgotten, once its object is deleted', () => {
    const retired = [
      { key: 'uploads/b', forgetAt: at(7 * DAY) },
      { key: 'uploads/c', forgetAt: at(DAY) },
    ]
    const asset = next(assetIn('persisted'), { garbage: [], keys: ['uploads/b', 'uploads/c', TARGET.key], retired })
    const owing = next(asset, { garbage: [{ key: 'uploads/c', after: at(9 * DAY) }] })

    expect([prunable(asset), asset.dueAt]).toEqual([retired, at(DAY)])
    expect([prunable(owing), owing.dueAt]).toEqual([retired.slice(0, 1), at(7 * DAY)])
  })

  test('of a dead record does not come from its retired keys: it is forgotten as a whole', () => {
    const retired = [{ key: TARGET.key, forgetAt: START }]
    const asset = next(assetIn('deleted'), { garbage: [], keys: [TARGET.key], retired, forgetAt: at(7 * DAY) })

    expect([prunable(asset), asset.dueAt]).toEqual([[], at(7 * DAY)])
  })
})

test('only expired and deleted records are dead', () => {
  const states = ['uploading', 'temporary', 'persisting', 'persisted', 'expired', 'deleted'] as const

  expect(states.filter((state) => isDead(assetIn(state)))).toEqual(['expired', 'deleted'])
})
