import { keysOf } from '@keepsake/shared/domain/asset'
import { abandonIncoming, owe, prune, purge, putOff } from '@keepsake/shared/domain/transitions'
import { announced, assetIn, at, DAY, HOUR, MINUTE, START, TARGET, TEMPORARY_KEY } from './asset-stages.ts'

const NEW_KEY = 'uploads/2024/01/16/a-abcdefghijkl.txt'
const STATES = ['uploading', 'temporary', 'persisting', 'persisted', 'expired', 'deleted'] as const

describe('a debt', () => {
  test.each(STATES)('of a record that is %s is garbage at once, and a key of the record', (state) => {
    const asset = owe(assetIn(state), NEW_KEY, at(DAY))

    expect(asset.garbage).toContainEqual({ key: NEW_KEY, after: at(DAY) })
    expect(keysOf(asset)).toContain(NEW_KEY)
  })

  test.each([
    ['temporary', TEMPORARY_KEY],
    ['persisting', TEMPORARY_KEY],
    ['persisting', TARGET.key],
    ['persisted', TARGET.key],
  ] as const)('does not exist while a record that is %s uses %s', (state, key) => {
    const asset = assetIn(state)

    expect(owe(asset, key, START)).toBe(asset)
  })

  test('of a temporary key never makes a permanent one of it', () => {
    expect(owe(purge(assetIn('deleted'), [TEMPORARY_KEY]), TEMPORARY_KEY, START)).toMatchObject({
      keys: [],
      garbage: [{ key: TEMPORARY_KEY, after: START }],
    })
  })

  test('that is known raises the version all the same, and keeps its date', () => {
    const asset = assetIn('deleted')
    const owed = owe(asset, TEMPORARY_KEY, at(DAY))

    expect(owed.version).toBe(asset.version + 1)
    expect(owed.garbage).toEqual(asset.garbage)
  })

  test('ends what was being written', () => {
    const asset = owe(announced(assetIn('persisted'), NEW_KEY, at(HOUR)), NEW_KEY, START)

    expect(asset.incoming).toEqual([])
    expect(asset.garbage).toContainEqual({ key: NEW_KEY, after: START })
  })
})

describe('upkeep', () => {
  test('takes what is being written for abandoned at its deadline, not before', () => {
    const asset = announced(announced(assetIn('persisted'), NEW_KEY, at(HOUR)), 'uploads/b', at(HOUR + 1))

    expect(abandonIncoming(asset, at(HOUR - 1)).incoming).toEqual(asset.incoming)
    const later = abandonIncoming(asset, at(HOUR))
    expect(later.incoming).toEqual([{ key: 'uploads/b', deadline: at(HOUR + 1) }])
    expect(later.garbage).toContainEqual({ key: NEW_KEY, after: at(HOUR) })
  })

  test('purges what was deleted and nothing else', () => {
    const asset = owe(assetIn('deleted'), NEW_KEY, START)

    expect(purge(asset, [NEW_KEY, 'uploads/never-seen']).garbage).toEqual(assetIn('deleted').garbage)
    expect(purge(asset, []).garbage).toEqual(asset.garbage)
  })

  test('prunes the keys that it is told to and nothing else', () => {
    const owing = owe(owe(assetIn('persisted'), NEW_KEY, START), 'uploads/b', START)
    const asset = purge(owing, [NEW_KEY, 'uploads/b', TEMPORARY_KEY])

    const pruned = prune(asset, [NEW_KEY])

    expect(asset.keys).toEqual([TARGET.key, NEW_KEY, 'uploads/b'])
    expect(pruned.keys).toEqual([TARGET.key, 'uploads/b'])
    expect(pruned.retired.map(({ key }) => key)).toEqual(['uploads/b'])
  })

  test('forgets a retired key after a day, or after a week when it could be drawn again', () => {
    const plain = 'uploads/2024/01/16/a-x7k2p9.txt'
    const asset = announced(announced(assetIn('persisted'), NEW_KEY, at(HOUR)), plain, at(HOUR))

    expect(abandonIncoming(asset, at(HOUR)).retired).toEqual([
      { key: NEW_KEY, forgetAt: at(HOUR + DAY) },
      { key: plain, forgetAt: at(HOUR + 7 * DAY) },
    ])
    expect(owe(asset, NEW_KEY, at(DAY)).retired).toEqual([{ key: NEW_KEY, forgetAt: at(2 * DAY) }])
    expect(owe(owe(asset, NEW_KEY, START), NEW_KEY, at(DAY)).retired).toEqual([{ key: NEW_KEY, forgetAt: at(DAY) }])
  })

  test('tries again twice as late each time, at most an hour, and changes nothing else', () => {
    let asset = assetIn('persisting')
    const { version: _version, ...rest } = asset
    const pauses = Array.from({ length: 9 }, () => {
      asset = putOff(asset, at(DAY))
      return (asset.retryAt?.getTime() ?? 0) - at(DAY).getTime()
    })

    expect(pauses.map((pause) => pause / MINUTE)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    expect(asset).toMatchObject({ ...rest, failures: 9, dueAt: at(DAY + HOUR) })
  })
})
