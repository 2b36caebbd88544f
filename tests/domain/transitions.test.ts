import { next, usedKeys } from '@keepsake/shared/domain/asset'
import {
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
  refuseUpload,
} from '@keepsake/shared/domain/transitions'
import {
  announced,
  assetIn,
  at,
  begun,
  content,
  DAY,
  HOUR,
  MINUTE,
  PLACE,
  SECOND,
  START,
  settings,
  TARGET,
  TEMPORARY_KEY,
} from './asset-stages.ts'

const NEW_KEY = 'uploads/2024/01/16/a-abcdefghijkl.txt'

describe('an upload', () => {
  test('leads to its bytes from the beginning, and waits longer than its request', () => {
    expect(begun()).toEqual({
      id: 'a1',
      version: 1,
      projectId: 'p1',
      userId: 'u1',
      state: 'uploading',
      tempId: 'temp_1',
      keys: [],
      retired: [],
      incoming: [],
      garbage: [],
      marks: [],
      deadline: at(1.25 * HOUR),
      dueAt: at(1.25 * HOUR),
      failures: 0,
      name: 'a.txt',
      createdAt: START,
      updatedAt: START,
      flags: [],
    })
  })

  test('has its whole temporary lifetime from its completion on', () => {
    const asset = completeUpload(begun(), content, at(HOUR), settings)

    expect(asset).toMatchObject({ content, deadline: at(HOUR + DAY), createdAt: START, updatedAt: START })
  })

  test('of an image keeps its dimensions beside its content', () => {
    const dimensions = { width: 640, height: 480 }

    expect(completeUpload(begun(), { ...content, dimensions }, START, settings)).toMatchObject(dimensions)
    expect(completeUpload(begun(), { ...content, dimensions }, START, settings).content).toEqual(content)
  })

  test('that is refused gives its space back at once and is remembered for a day', () => {
    const asset = refuseUpload(begun(), at(SECOND))

    expect(asset.garbage).toEqual([{ key: TEMPORARY_KEY, after: at(SECOND) }])
    expect(asset.forgetAt).toEqual(at(SECOND + DAY))
    expect(asset).not.toHaveProperty('deadline')
  })
})

describe('a temporary asset', () => {
  test('is late from the very millisecond of its deadline', () => {
    expect(isLate(assetIn('temporary'), at(DAY - 1))).toBe(false)
    expect(isLate(assetIn('temporary'), at(DAY))).toBe(true)
    expect(isLate(assetIn('persisted'), at(365 * DAY))).toBe(false)
  })

  test('does not expire before its deadline', () => {
    expect(() => expire(assetIn('temporary'), at(DAY - 1), settings)).toThrow(/deadline/)
  })

  test.each([
    ['expires', expire(assetIn('temporary'), at(DAY), settings), at(DAY)],
    ['is dropped', drop(assetIn('temporary'), START, settings), START],
  ])('that %s keeps its bytes for the purge delay, and its record no longer', (_case, asset, died) => {
    expect(asset.garbage).toEqual([{ key: TEMPORARY_KEY, after: new Date(died.getTime() + settings.purgeDelay) }])
    expect(asset.forgetAt).toEqual(died)
    expect(usedKeys(asset)).toEqual([])
  })

  test('bears the mark of a batch once, and of several batches', () => {
    const asset = mark(mark(mark(assetIn('temporary'), 'b1'), 'b2'), 'b1')

    expect(asset.marks).toEqual(['b1', 'b2'])
  })
})

describe('a persist', () => {
  test('takes the place of its deadline and its marks, and sets both dates', () => {
    const asset = claim(mark(assetIn('temporary'), 'b1'), TARGET, at(HOUR), settings)

    expect(asset).toMatchObject({ key: TARGET.key, keys: [TARGET.key], place: PLACE, flags: ['text'] })
    expect(asset).toMatchObject({ marks: [], claimedAt: at(HOUR), leaseUntil: at(HOUR + MINUTE) })
    expect(asset).toMatchObject({ createdAt: at(HOUR), updatedAt: at(HOUR) })
    expect(asset).not.toHaveProperty('deadline')
  })

  test('is left alone for longer when there is more to copy', () => {
    const large = next(assetIn('temporary'), { content: { ...content, size: 80 * 1024 * 1024 } })

    expect(claim(large, TARGET, START, settings).leaseUntil).toEqual(at(MINUTE + 10 * SECOND))
  })

  test('never takes a key that the record had before', () => {
    const asset = owe(assetIn('temporary'), TARGET.key, START)

    expect(() => claim(asset, TARGET, START, settings)).toThrow(expect.objectContaining({ code: 'KEY_TAKEN' }))
  })

  test('that is committed makes garbage of the temporary object only, and changes no date', () => {
    const asset = commit(assetIn('persisting'), 7, at(HOUR), settings)

    expect(asset).toMatchObject({ number: 7, key: TARGET.key, place: PLACE, createdAt: START, updatedAt: START })
    expect(asset.garbage).toEqual([{ key: TEMPORARY_KEY, after: at(HOUR + settings.purgeDelay) }])
    expect(asset).not.toHaveProperty('leaseUntil')
    expect(asset).not.toHaveProperty('claimedAt')
  })

  test('that is given up lets both objects and the place go, and remembers the key for a week', () => {
    const asset = giveUp(assetIn('persisting'), at(DAY))

    expect(asset.garbage.map(({ key }) => key)).toEqual([TEMPORARY_KEY, TARGET.key])
    expect(asset).not.toHaveProperty('place')
    expect(asset).toMatchObject({ keys: [TARGET.key], forgetAt: at(8 * DAY) })
  })
})

describe('a delete', () => {
  test('lets the place go, remembers the key for a week, and moves the date of the last change', () => {
    const asset = deletePersisted(assetIn('persisted'), at(DAY), settings)

    expect(asset).toMatchObject({ keys: [TARGET.key], updatedAt: at(DAY), forgetAt: at(8 * DAY) })
    expect(asset.garbage).toContainEqual({ key: TARGET.key, after: at(DAY + settings.purgeDelay) })
    expect(asset).not.toHaveProperty('place')
  })

  test('moves the date of the last change forward also when the clock went back', () => {
    expect(deletePersisted(assetIn('persisted'), at(-DAY), settings).updatedAt).toEqual(at(1))
  })

  test('does not touch what is being written', () => {
    const asset = deletePersisted(announced(assetIn('persisted'), NEW_KEY, at(HOUR)), START, settings)

    expect(asset.incoming).toEqual([{ key: NEW_KEY, deadline: at(HOUR) }])
    expect(asset.garbage.map(({ key }) => key)).not.toContain(NEW_KEY)
  })
})
