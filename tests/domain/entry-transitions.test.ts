import type { Asset, AssetState, Received } from '@keepsake/shared/domain/asset'
import {
  type Attributes,
  announce,
  becomeHotlink,
  beginCreate,
  createHotlink,
  describe as describeAsset,
  finishCreate,
  flip,
  move,
  placeOf,
  rename,
  type Update,
  update,
} from '@keepsake/shared/domain/entry-transitions'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import { deletePersisted, expire, owe, purge, refuseUpload } from '@keepsake/shared/domain/transitions'
import {
  assetIn,
  at,
  content,
  created,
  DAY,
  HOUR,
  PLACE,
  START,
  settings,
  TARGET,
  TEMPORARY_KEY,
} from './asset-stages.ts'

const NEW_KEY = 'uploads/2024/01/16/a-abcdefghijkl.txt'
const LINK = 'https://example.com/a.txt'
const LISTING = { folder: 'site', name: 'a.png', number: 4 }
const IMAGE: Received = { ...content, size: 9, dimensions: { width: 640, height: 480 } }

const persisted = assetIn('persisted')
const incoming = announce(persisted, NEW_KEY, START, settings)
const hotlink = createHotlink({ id: 'a1', projectId: 'p1', userId: 'u1', name: 'a.png' }, LINK, LISTING, {}, START)

describe('what is asked of an asset in each state', () => {
  const STATES = ['uploading', 'temporary', 'persisting', 'persisted', 'expired', 'deleted'] as const
  const table: [string, (asset: Asset) => Asset, AssetState][] = [
    ['announce', (a) => announce(a, NEW_KEY, START, settings), 'persisted'],
    ['becomeHotlink', (a) => becomeHotlink(a, LINK, {}, START, settings), 'persisted'],
    ['rename', (a) => rename(a, 'b.css', START), 'persisted'],
    ['move', (a) => move(a, 'b', START), 'persisted'],
    ['describe', (a) => describeAsset(a, { width: 1 }, START), 'persisted'],
    ['update', (a) => update(a, { said: { width: 1 } }, START, settings), 'persisted'],
    ['finishCreate', (a) => finishCreate(a, content, LISTING, {}), 'uploading'],
  ]
  const cases = table.flatMap(([name, transition, from]) =>
    STATES.map((state) => [name, state, transition, from] as const),
  )

  test.each(cases)('%s of one that is %s', (_name, state, transition, from) => {
    const asset = assetIn(state)
    const before = structuredClone(asset)

    expect(outcomeOf(() => transition(asset))).toBe(expectedFrom(from, state))
    expect(asset).toEqual(before)
  })

  function expectedFrom(from: AssetState, state: AssetState): string {
    if (state === from) return 'persisted'
    return state === 'expired' || state === 'deleted' ? 'ASSET_NOT_FOUND' : 'bug'
  }

  function outcomeOf(transition: () => Asset): string {
    try {
      return transition().state
    } catch (error) {
      return error instanceof KeepsakeError ? error.code : 'bug'
    }
  }
})

describe('a created asset', () => {
  test('leads to its permanent key before a byte is written', () => {
    expect(created()).toEqual({
      id: 'a1',
      version: 1,
      projectId: 'p1',
      userId: 'u1',
      state: 'uploading',
      key: TARGET.key,
      keys: [TARGET.key],
      retired: [],
      incoming: [],
      garbage: [],
      marks: [],
      flags: [],
      deadline: at(1.25 * HOUR),
      dueAt: at(1.25 * HOUR),
      failures: 0,
      name: 'a.txt',
      createdAt: START,
      updatedAt: START,
    })
  })

  test('is listed once its bytes are there, and the worker has nothing to do with it', () => {
    const asset = finishCreate(created(), IMAGE, LISTING, {})

    expect(asset).toMatchObject({
      state: 'persisted',
      key: TARGET.key,
      place: 'p1/site/a.png',
      name: 'a.png',
      number: 4,
    })
    expect(asset).toMatchObject({ flags: ['image'], width: 640, height: 480, content: { ...content, size: 9 } })
    expect(asset.content).not.toHaveProperty('dimensions')
    expect(asset).not.toHaveProperty('deadline')
    expect(asset).not.toHaveProperty('dueAt')
  })

  test.each([
    ['is refused', refuseUpload(created(), at(1)), at(1)],
    ['comes to its deadline', expire(created(), at(2 * HOUR), settings), at(4 * HOUR)],
  ])('that %s owes its key, and was never listed', (_case, asset, after) => {
    expect(asset).toMatchObject({ state: 'expired', garbage: [{ key: TARGET.key, after }] })
    expect(asset).not.toHaveProperty('place')
    expect(asset).not.toHaveProperty('number')
  })

  test('does not come back once it is dead', () => {
    const dead = refuseUpload(created(), START)

    expect(() => finishCreate(dead, content, LISTING, {})).toThrow(expect.objectContaining({ code: 'ASSET_NOT_FOUND' }))
    expect(owe(dead, TARGET.key, at(HOUR)).garbage).toEqual(dead.garbage)
  })

  test.each<[string, Attributes, object]>([
    ['nothing', {}, { flags: ['image'], width: 640, height: 480 }],
    ['a size', { width: 1, height: 2 }, { flags: ['image'], width: 1, height: 2 }],
    ['no width', { width: null }, { flags: ['image'], width: undefined, height: 480 }],
    ['zero', { width: 0 }, { flags: ['image'], width: 0, height: 480 }],
    ['another kind too', { flags: { script: true, defer: true } }, { flags: ['image', 'script', 'defer'] }],
    ['no kind', { flags: { image: false, video: false } }, { flags: [] }],
  ])('believes a client that says %s', (_case, said, expected) => {
    const asset = finishCreate(created(), IMAGE, LISTING, said)

    expect({ flags: asset.flags, width: asset.width, height: asset.height }).toMatchObject(expected)
  })
})

describe('a hotlink', () => {
  test('has a place and a number, and neither key nor content', () => {
    expect(hotlink).toMatchObject({ state: 'persisted', version: 1, url: LINK, place: 'p1/site/a.png', number: 4 })
    expect(hotlink).toMatchObject({ name: 'a.png', flags: ['image'], keys: [] })
    for (const absent of ['key', 'content', 'width', 'height', 'dueAt']) expect(hotlink).not.toHaveProperty(absent)
  })

  test('is deleted without any garbage', () => {
    expect(deletePersisted(hotlink, START, settings)).toMatchObject({ state: 'deleted', garbage: [] })
  })

  test('becomes local with new content', () => {
    const asset = flip(announce(hotlink, NEW_KEY, START, settings), NEW_KEY, IMAGE, {}, at(1), settings)

    expect(asset).toMatchObject({ key: NEW_KEY, keys: [NEW_KEY], garbage: [], retired: [], incoming: [], width: 640 })
    expect(asset).toMatchObject({ place: 'p1/site/a.png', number: 4, flags: ['image'], updatedAt: at(1) })
    expect(asset).not.toHaveProperty('url')
  })

  test('is what a local asset becomes, whose object is garbage then', () => {
    const asset = becomeHotlink(persisted, LINK, {}, at(HOUR), settings)

    expect(asset).toMatchObject({ url: LINK, place: PLACE, keys: [TARGET.key], updatedAt: at(HOUR) })
    expect(asset.garbage).toContainEqual({ key: TARGET.key, after: at(HOUR + settings.purgeDelay) })
    expect(asset.retired).toEqual([{ key: TARGET.key, forgetAt: at(HOUR + 7 * DAY) }])
    expect(asset).not.toHaveProperty('key')
    expect(asset).not.toHaveProperty('content')
  })

  test('leaves alone what is being written, which may still replace it', () => {
    const asset = becomeHotlink(incoming, LINK, {}, START, settings)

    expect(asset.incoming).toEqual(incoming.incoming)
    expect(flip(asset, NEW_KEY, content, {}, START, settings)).toMatchObject({ key: NEW_KEY, incoming: [] })
  })

  test('that points elsewhere owes nothing', () => {
    expect(becomeHotlink(hotlink, 'https://example.org/', {}, at(1), settings)).toMatchObject({
      url: 'https://example.org/',
      garbage: [],
      retired: [],
    })
  })
})

describe('new content', () => {
  test('is announced before it is written, and changes nothing that a reader sees', () => {
    expect(incoming).toMatchObject({ key: TARGET.key, content, updatedAt: START, keys: [TARGET.key, NEW_KEY] })
    expect(incoming.incoming).toEqual([{ key: NEW_KEY, deadline: at(1.25 * HOUR) }])
    expect(incoming.dueAt).toEqual(at(1.25 * HOUR))
  })

  test('never takes a key that the record had before', () => {
    for (const key of [TARGET.key, NEW_KEY]) {
      expect(() => announce(incoming, key, START, settings)).toThrow(expect.objectContaining({ code: 'KEY_TAKEN' }))
    }
  })

  test('takes the place of the old, whose object is garbage after the purge delay', () => {
    const asset = flip(incoming, NEW_KEY, IMAGE, {}, at(HOUR), settings)

    expect(asset).toMatchObject({ key: NEW_KEY, incoming: [], width: 640, height: 480, updatedAt: at(HOUR) })
    expect(asset).toMatchObject({ content: { size: 9 }, place: PLACE, createdAt: START, number: persisted.number })
    expect(asset.garbage).toEqual([
      { key: TEMPORARY_KEY, after: at(settings.purgeDelay) },
      { key: TARGET.key, after: at(HOUR + settings.purgeDelay) },
    ])
    expect(asset.retired).toEqual([{ key: TARGET.key, forgetAt: at(HOUR + 7 * DAY) }])
  })

  test('without dimensions takes those of the old away, unless a client says them', () => {
    const image = announce(finishCreate(created(), IMAGE, LISTING, {}), NEW_KEY, START, settings)

    const flipped = flip(image, NEW_KEY, content, {}, START, settings)
    expect([flipped.width, flipped.height]).toEqual([undefined, undefined])
    expect(flip(image, NEW_KEY, content, { width: 3 }, START, settings)).toMatchObject({ width: 3 })
    expect(flip(image, NEW_KEY, IMAGE, { height: 3 }, START, settings)).toMatchObject({ width: 640, height: 3 })
  })

  test('leaves the kinds as they are', () => {
    const asset = announce(describeAsset(persisted, { flags: { script: true } }, START), NEW_KEY, START, settings)

    expect(flip(asset, NEW_KEY, IMAGE, {}, START, settings).flags).toEqual(['script', 'text'])
  })

  test.each([
    ['was never announced', incoming, 'uploads/never'],
    ['was abandoned', owe(incoming, NEW_KEY, START), NEW_KEY],
    ['is in use', incoming, TARGET.key],
    ['came too late: the asset is deleted', deletePersisted(incoming, START, settings), NEW_KEY],
  ])('is refused when its key %s', (_case, asset, key) => {
    expect(() => flip(asset, key, content, {}, START, settings)).toThrow(
      expect.objectContaining({ code: 'ASSET_NOT_FOUND' }),
    )
  })

  test('of two writers is the last one’s, and both old objects are garbage', () => {
    const both = announce(incoming, 'uploads/b-abcdefghijkl', START, settings)
    const first = flip(both, 'uploads/b-abcdefghijkl', content, {}, at(1), settings)
    const second = flip(first, NEW_KEY, IMAGE, {}, at(2), settings)

    expect(second).toMatchObject({ key: NEW_KEY, content: { size: 9 }, incoming: [] })
    expect(second.retired.map(({ key }) => key)).toEqual([TARGET.key, 'uploads/b-abcdefghijkl'])
    expect(second.garbage.map(({ key }) => key)).toEqual([TEMPORARY_KEY, TARGET.key, 'uploads/b-abcdefghijkl'])
  })

  test('makes the worker come again when the old key may be forgotten', () => {
    const asset = purge(flip(incoming, NEW_KEY, content, {}, START, settings), [TEMPORARY_KEY, TARGET.key])

    expect(asset.dueAt).toEqual(at(7 * DAY))
  })
})

describe('a rename', () => {
  test('changes the name and what follows from it, but neither folder nor key', () => {
    const asset = rename(describeAsset(persisted, { flags: { image: true, async: true } }, at(1)), 'b.JS', at(2))

    expect(asset).toMatchObject({ name: 'b.JS', place: 'p1/uploads/2024/01/15/b.JS', flags: ['script', 'async'] })
    expect(asset).toMatchObject({ key: TARGET.key, keys: [TARGET.key], content, createdAt: START, updatedAt: at(2) })
  })
})

describe('a move', () => {
  test.each([
    ['', 'p1//a.txt'],
    ['b/c', 'p1/b/c/a.txt'],
  ])('to %j changes the folder only', (folder, place) => {
    const asset = move(persisted, folder, at(1))

    expect(asset).toMatchObject({ place, name: 'a.txt', flags: ['text'], key: TARGET.key, updatedAt: at(1) })
    expect(placeOf(asset)).toEqual({ folder, name: 'a.txt' })
  })
})

describe('an update', () => {
  const SAME = { folder: TARGET.place.folder, name: TARGET.place.name }

  test.each<[string, Update]>([
    ['nothing', { said: {} }],
    ['the name that it has', { name: SAME.name, said: {} }],
    ['the folder that it has', { folder: SAME.folder, said: {} }],
    ['both that it has', { ...SAME, said: {} }],
    ['no flag', { said: { flags: {} } }],
  ])('that says %s changes nothing, not even the version', (_case, wanted) => {
    expect(update(persisted, wanted, at(1), settings)).toBe(persisted)
  })

  test.each<[string, Update, object]>([
    ['a name', { name: 'b.css', said: {} }, { name: 'b.css', flags: ['style'] }],
    ['a name and the folder that it has', { name: 'b.css', folder: SAME.folder, said: {} }, { name: 'b.css' }],
    ['a folder', { folder: 'b', said: {} }, { place: 'p1/b/a.txt' }],
    ['the root', { folder: '', said: {} }, { place: 'p1//a.txt' }],
    ['a folder and the name that it has', { folder: 'b', name: SAME.name, said: {} }, { place: 'p1/b/a.txt' }],
    ['a url', { url: LINK, said: {} }, { url: LINK }],
    ['a url and a size', { url: LINK, said: { width: 2 } }, { url: LINK, width: 2 }],
    ['a size and its own place', { ...SAME, said: { width: 2, height: 0 } }, { width: 2, height: 0, place: PLACE }],
    ['a flag', { said: { flags: { defer: true, text: false } } }, { flags: ['defer'] }],
  ])('that says %s does that', (_case, wanted, expected) => {
    expect(update(persisted, wanted, at(1), settings)).toMatchObject({ ...expected, updatedAt: at(1) })
  })

  test.each<[string, Update, string]>([
    ['a name and a folder', { name: 'b', folder: 'b', said: {} }, 'renaming'],
    ['a name and a flag', { name: 'b', said: { flags: { image: false } } }, 'renaming'],
    ['a name and a size', { name: 'b', said: { width: null } }, 'renaming'],
    ['a name and a url', { name: 'b', url: LINK, said: {} }, 'renaming'],
    ['a folder and a size', { folder: 'b', said: { height: 1 } }, 'moving'],
    ['a folder and a url', { folder: 'b', url: LINK, said: {} }, 'moving'],
    ['a folder, its own name and a url', { folder: 'b', name: SAME.name, url: LINK, said: {} }, 'moving'],
  ])('that says %s is refused', (_case, wanted, what) => {
    const refusal = { code: 'BODY_INVALID', message: `no other updates are accepted when ${what} an asset` }

    expect(() => update(persisted, wanted, at(1), settings)).toThrow(expect.objectContaining(refusal))
  })

  test('moves the date of the last change forward also when the clock went back', () => {
    expect(update(persisted, { said: { width: 1 } }, at(-DAY), settings).updatedAt).toEqual(at(1))
  })
})

test('nothing has a place before it is listed', () => {
  expect(() => placeOf(created())).toThrow('has no place')
  expect(
    beginCreate({ id: 'a', projectId: 'p', userId: 'u', name: 'n', key: 'k' }, START, settings).place,
  ).toBeUndefined()
})
