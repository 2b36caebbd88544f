import { type Asset, usedKeys } from '@keepsake/shared/domain/asset'
import { unavailable } from '@keepsake/shared/domain/errors'
import { withParents } from '@keepsake/shared/domain/place'
import type { SecretPrincipal } from '@keepsake/shared/domain/principal'
import { createFromText, createHotlink } from '@keepsake/shared/operations/assets/create-asset'
import { deleteAsset } from '@keepsake/shared/operations/assets/delete-asset'
import { deliverAsset } from '@keepsake/shared/operations/assets/deliver-asset'
import { persistAsset } from '@keepsake/shared/operations/assets/persist-asset'
import { persistBatch } from '@keepsake/shared/operations/assets/persist-batch'
import { replaceByText, updateAsset } from '@keepsake/shared/operations/assets/update-asset'
import { deleteFolder } from '@keepsake/shared/operations/folders/delete-folder'
import { runUpkeep } from '@keepsake/shared/operations/upkeep/run-upkeep'
import { uploadAsset } from '@keepsake/shared/operations/uploads/upload-asset'
import { embeddedPlace } from '../support/embedded-place.ts'
import { contentOf, file } from '../support/files.ts'
import { productionPlace } from '../support/production-place.ts'
import { DAY, HOUR } from '../support/store.ts'
import type { StorePlace } from '../support/store-place.ts'
import { type End, openEnd, sourceOf, targetOf, transferBetween } from './ends.ts'

const NEVER = new AbortController().signal
const hasServices = Boolean(process.env.TEST_MONGODB_URI && process.env.TEST_S3_ENDPOINT)

const WAYS: [string, () => Promise<StorePlace>, () => Promise<StorePlace>][] = [
  ['from a folder to a folder', embeddedPlace, embeddedPlace],
  ['from a folder to MongoDB and S3', embeddedPlace, productionPlace],
  ['from MongoDB and S3 to a folder', productionPlace, embeddedPlace],
]
const ways = WAYS.filter(([, from, to]) => hasServices || (from === embeddedPlace && to === embeddedPlace))

test('has the servers for every way, or is told to do without', () => {
  if (process.env.REQUIRE_SERVICES === '1') expect(ways).toEqual(WAYS)
})
if (!hasServices)
  test.skip('a transfer to MongoDB and S3 (skipped: TEST_MONGODB_URI or TEST_S3_ENDPOINT is not set)', () => {})

describe.each(ways)('a transfer %s', (_, from, to) => {
  let source: End
  let target: End
  let owner: SecretPrincipal

  beforeEach(async () => {
    source = await openEnd(await from())
    target = await openEnd(await to())
    owner = await source.begin()
  })

  afterEach(async () => {
    await source.remove()
    await target.remove()
  })

  const upload = (text: string, name = 'a.txt') => uploadAsset(source.context, owner, file(text, name))
  const persist = async (text: string, name?: string) =>
    persistAsset(source.context, owner, (await upload(text, name)).tempId ?? '')
  async function create(name: string, text: string, folder = ''): Promise<Asset> {
    await source.context.folders.ensure(owner.project.id, withParents(folder), source.context.now())
    return createFromText(source.context, owner, text, { folder, name, said: {} })
  }

  /** The target has what the source has, and nothing else. */
  async function expectSame(): Promise<void> {
    const assets = await source.assets()
    expect(await target.assets()).toEqual(assets)
    const kept = assets.filter(({ state, url }) => state !== 'uploading' && url === undefined).flatMap(usedKeys)
    const doomed = assets.flatMap(({ garbage }) => garbage.map(({ key }) => key))
    expect((await target.keys()).filter((key) => !doomed.includes(key))).toEqual(['.keepsake', ...kept].sort())
    for (const read of ['readProjects', 'readAccessKeys', 'readFolders', 'readBatches', 'readCounters'] as const) {
      expect(await target.database.transfer[read](1000)).toEqual(await source.database.transfer[read](1000))
    }
  }

  async function contentAt(end: End, { key = '' }: Asset): Promise<string> {
    return (await contentOf(await (await deliverAsset(end.context, { key })).open())).toString()
  }

  test('brings every kind of record as it is, with the bytes in use, and the next number follows the last', async () => {
    await upload('temporary')
    const { id } = await persist('persisted')
    const dead = await persist('dead')
    await deleteAsset(source.context, owner, dead.id)
    const replaced = await create('b.txt', 'old', 'shop/shoes')
    await replaceByText(source.context, owner, replaced, 'new', { said: {} })
    await createHotlink(source.context, owner, 'https://example.com/', { folder: '', name: 'link', said: {} })
    await persistBatch(source.context, owner, [(await upload('member')).tempId ?? ''])
    await upload('x'.repeat(600_000), 'large.txt')

    const summary = await transferBetween(source, target)

    expect(summary).toMatchObject({ copied: 7, present: 0, missing: 0, failed: 0, objectsCopied: 5, problems: {} })
    expect(summary.bytesCopied).toBe('temporarypersistednewmember'.length + 600_000)
    await expectSame()
    expect(await contentAt(target, (await target.context.assets.find(id)) ?? dead)).toBe('persisted')
    const next = await createFromText(target.context, owner, 'next', { folder: '', name: 'next.txt', said: {} })
    expect(next.number).toBe(Math.max(...(await source.assets()).map(({ number = 0 }) => number)) + 1)
    await expect(target.begin()).resolves.toEqual(owner)
  })

  test('does nothing the second time', async () => {
    await persist('hello')
    await transferBetween(source, target)

    expect(await transferBetween(source, target)).toMatchObject({
      copied: 0,
      present: 1,
      objectsCopied: 0,
      objectsPresent: 1,
    })
    await expectSame()
  })

  test('brings what has changed since, and leaves no byte that the source has no more', async () => {
    const temporary = await upload('expires')
    const persisted = await upload('is persisted')
    const deleted = await persist('is deleted')
    const replaced = await create('b.txt', 'old', 'shop')
    await persistBatch(source.context, owner, [(await upload('member')).tempId ?? ''])
    await transferBetween(source, target)

    await persistAsset(source.context, owner, persisted.tempId ?? '')
    await deleteAsset(source.context, owner, deleted.id)
    await replaceByText(source.context, owner, replaced, 'new', { said: {} })
    await create('c.txt', 'created since', 'other')
    for (const pause of [HOUR, 2 * DAY, 10 * DAY]) {
      source.wait(pause)
      await runUpkeep(source.context, NEVER)
    }
    const summary = await transferBetween(source, target)

    expect(summary).toMatchObject({ removed: 2, failed: 0, problems: {} })
    expect(await target.context.assets.find(temporary.id)).toBeUndefined()
    expect(await target.context.assets.find(deleted.id)).toBeUndefined()
    await expectSame()
  })

  test('brings a folder that was deleted and made again', async () => {
    const { id } = await create('a.txt', 'a', 'shop')
    await transferBetween(source, target)
    await deleteAsset(source.context, owner, id)
    const folder = await source.context.folders.findByPath(owner.project.id, 'shop')
    await deleteFolder(source.context, owner, folder?.id ?? 0)
    await create('a.txt', 'again', 'shop')

    await transferBetween(source, target)

    await expectSame()
  })

  test('follows names that assets have handed on to each other', async () => {
    const names = ['a.txt', 'b.txt', 'c.txt', 'd.txt']
    const assets = []
    for (const name of names) assets.push(await create(name, name))
    await transferBetween(source, target)
    const rename = async (asset: Asset, name: string) => updateAsset(source.context, asset, { name, said: {} })
    const [first, ...others] = assets
    if (!first) throw new Error('There are assets.')
    await rename(first, 'aside.txt')
    for (const [index, asset] of others.entries()) await rename(asset, names[index] ?? '')
    await rename((await source.context.assets.find(first.id)) ?? first, 'd.txt')

    expect(await transferBetween(source, target)).toMatchObject({ copied: 4, failed: 0 })
    await expectSame()
  })

  test('shows no record before its bytes are there, and has one that leads to them before the first byte', async () => {
    const asset = await persist('hello')
    const seen: unknown[] = []
    const { storage } = target.context
    const put: typeof storage.put = async (key, body, options) => {
      const record = await target.context.assets.find(asset.id)
      if (key === asset.key)
        seen.push([record?.state, record?.keys.includes(key), await target.context.assets.findByKey(key)])
      return storage.put(key, body, options)
    }

    await transferBetween(source, target, { target: { ...targetOf(target), storage: wrap(storage, { put }) } })

    expect(seen).toEqual([['uploading', true, undefined]])
    await expectSame()
  })

  test('takes an asset as it is when it is persisted and deleted while it is being copied', async () => {
    const [kept, gone] = [await upload('kept'), await upload('gone')]
    const { storage } = source.context
    const begun = new Set<string>()
    const open: typeof storage.open = async (key, range) => {
      if (!begun.has(key)) {
        begun.add(key)
        if (key.endsWith(kept.tempId ?? '-')) await persistAsset(source.context, owner, kept.tempId ?? '')
        if (key.endsWith(gone.tempId ?? '-')) source.wait(2 * DAY)
        if (begun.size === 2) await runUpkeep(source.context, NEVER)
      }
      return storage.open(key, range)
    }

    await transferBetween(source, target, {
      source: {
        ...sourceOf(source),
        storage: wrap(storage, { open }),
        installationId: (await source.database.installation.identify('never')).id,
      },
    })
    await transferBetween(source, target)

    await expectSame()
  })

  test('names an asset whose bytes are missing or are others, and nothing starts on the target until that is mended', async () => {
    const [lost, damaged, good] = [await persist('lost'), await persist('damaged'), await persist('good')]
    await source.context.storage.delete([lost.key ?? '', damaged.key ?? ''])
    await source.context.storage.put(damaged.key ?? '', file('DAMAGED').body)

    const summary = await transferBetween(source, target)

    expect(summary).toMatchObject({ copied: 1, missing: 1, failed: 1 })
    expect(summary.problems).toEqual({
      [lost.id]: expect.stringContaining('lacks its bytes'),
      [damaged.id]: expect.stringContaining('are not those of its record'),
    })
    expect(await target.keys()).toEqual([good.key])
    await expect(target.begin()).rejects.toMatchObject({ code: 'STORE_MISMATCH' })

    for (const { id } of [lost, damaged]) await deleteAsset(source.context, owner, id)
    expect(await transferBetween(source, target)).toMatchObject({ failed: 0, missing: 0 })
    await expectSame()
    await target.begin()
  })

  test('keeps a target that was complete from being started on while it is being changed again', async () => {
    await persist('hello')
    await transferBetween(source, target)
    const damaged = await persist('damaged')
    await source.context.storage.delete([damaged.key ?? ''])

    expect(await transferBetween(source, target)).toMatchObject({ missing: 1 })
    await expect(target.begin()).rejects.toMatchObject({ code: 'STORE_MISMATCH' })
  })

  test('is refused by a target of another installation, which stays as it is', async () => {
    await persist('hello')
    await target.begin()
    const before = await target.database.transfer.readProjects()

    await expect(transferBetween(source, target)).rejects.toMatchObject({ code: 'STORE_MISMATCH' })
    expect(await target.database.transfer.readProjects()).toEqual(before)
    expect(await target.assets()).toEqual([])
    expect(await target.keys()).toEqual(['.keepsake'])
  })

  test.each(['source', 'target'])('is refused when the %s has a storage of another installation', async (which) => {
    await persist('hello')
    const { storage } = which === 'source' ? source.context : target.context
    await storage.delete(['.keepsake'])
    await storage.put('.keepsake', file('another').body)

    await expect(transferBetween(source, target)).rejects.toMatchObject({
      code: 'STORE_MISMATCH',
      message: expect.stringContaining('belongs to installation another'),
    })
    expect(await target.assets()).toEqual([])
    expect(await target.database.transfer.readProjects()).toEqual([])
  })

  test('is refused when the target has the storage of the source by another name, which stays as it is', async () => {
    await persist('hello')
    const before = await source.keys()
    const alias = { ...targetOf(target), storage: source.context.storage }

    await expect(transferBetween(source, target, { target: alias })).rejects.toMatchObject({ code: 'STORE_MISMATCH' })
    expect(await source.keys()).toEqual(before)
    expect(await target.assets()).toEqual([])
  })

  test('leaves a record alone that is newer in the target, and names it', async () => {
    const { id } = await persist('hello')
    await transferBetween(source, target)
    const [newer] = (await target.assets()).map((asset) => ({ ...asset, version: asset.version + 1, name: 'newer' }))
    if (!newer) throw new Error('There is a record.')
    await target.database.transfer.overwriteAsset(newer, newer.version - 1)

    expect(await transferBetween(source, target)).toMatchObject({
      failed: 1,
      problems: { [id]: expect.stringContaining('newer in the target') },
    })
    expect(await target.assets()).toEqual([newer])
  })

  test('is refused by a target on which anything has started, and removes nothing of what is its own', async () => {
    const both = await upload('persisted by the target alone')
    await transferBetween(source, target)
    await target.begin()
    const own = await persistAsset(target.context, owner, both.tempId ?? '')
    // The source has numbered as many by now, and has no more what the target has persisted.
    await persist('of the source')
    source.wait(2 * DAY)
    await runUpkeep(source.context, NEVER)
    const before = await target.assets()

    await expect(transferBetween(source, target)).rejects.toMatchObject({
      code: 'STORE_MISMATCH',
      message: expect.stringContaining('in service'),
    })
    expect(await target.assets()).toEqual(before)
    expect(await contentAt(target, own)).toBe('persisted by the target alone')
    await target.begin()
  })

  test.each(['nothing', 'storage'] as const)(
    'removes nothing more once the target is in service, because another transfer to it ended first; %s is shared',
    async (shared) => {
      const gone = await persist('gone in the source')
      const storage = shared === 'storage' ? source.context.storage : target.context.storage
      const stores = { ...targetOf(target), storage }
      await transferBetween(source, target, { target: stores, shared })
      await source.context.assets.forget(gone)
      const { records, installation } = stores
      const readAssets: typeof records.readAssets = async (limit, after) => {
        await installation.changeUse('transfer', 'none')
        await installation.changeUse('none', 'service')
        await target.context.folders.ensure(owner.project.id, ['of the target'], target.context.now())
        return records.readAssets(limit, after)
      }

      const late = transferBetween(source, target, {
        target: { ...stores, records: wrap(records, { readAssets }) },
        shared,
      })

      await expect(late).rejects.toMatchObject({ code: 'STORE_MISMATCH', message: expect.stringContaining('service') })
      expect(await target.assets()).toEqual([gone])
      expect(await storage.size(gone.key ?? '')).toBe('gone in the source'.length)
      expect(await target.context.folders.findByPath(owner.project.id, 'of the target')).toBeDefined()
    },
  )

  test('is refused when the target has the database of the source by another name', async () => {
    await persist('hello')
    const alias = { ...targetOf(source), storage: target.context.storage }

    await expect(transferBetween(source, target, { target: alias })).rejects.toMatchObject({ code: 'STORE_MISMATCH' })
    expect(await target.keys()).toEqual([])
  })

  test('waits for a target that is out of reach for a while', async () => {
    await persist('hello')
    const { storage } = target.context
    let failures = 2
    const put: typeof storage.put = async (key, body, options) => {
      if (key.startsWith('temp/transfer-') || failures-- <= 0) return storage.put(key, body, options)
      body.destroy()
      throw unavailable('S3 is out of reach.')
    }

    const summary = await transferBetween(source, target, {
      target: { ...targetOf(target), storage: wrap(storage, { put }) },
    })

    expect(summary).toMatchObject({ copied: 1, failed: 0 })
    await expectSame()
  })

  test('moves the objects alone where the database stays', async () => {
    const temporary = await upload('temporary')
    const persisted = await persist('persisted')
    const before = await source.assets()
    const stays = { ...targetOf(source), storage: target.context.storage }

    const summary = await transferBetween(source, target, { target: stays, shared: 'database' })

    expect(summary).toMatchObject({ copied: 2, objectsCopied: 2 })
    expect(await source.assets()).toEqual(before)
    expect(await target.keys()).toEqual(['.keepsake', persisted.key ?? '', `temp/${temporary.tempId}`].sort())
    expect(await target.assets()).toEqual([])
  })

  test('moves the records alone where the storage stays, and touches no object', async () => {
    await upload('temporary')
    const persisted = await persist('persisted')
    const before = await source.keys()
    const inserted: string[] = []
    const insert: typeof target.context.assets.insert = async (asset) => {
      inserted.push(asset.state)
      return target.context.assets.insert(asset)
    }
    const assets = wrap(target.context.assets, { insert })
    const stays = { ...targetOf(target), assets, storage: source.context.storage }

    const summary = await transferBetween(source, target, { target: stays, shared: 'storage' })

    expect(summary).toMatchObject({ copied: 2, objectsCopied: 0, objectsPresent: 2 })
    // Nobody may ever take a placeholder's keys for abandoned: they hold the source's bytes.
    expect(inserted.sort()).toEqual(['persisted', 'temporary'])
    expect(await target.assets()).toEqual(await source.assets())
    await source.context.assets.forget(persisted)
    expect(await transferBetween(source, target, { target: stays, shared: 'storage' })).toMatchObject({ removed: 1 })
    expect(await source.keys()).toEqual(before)
    expect(await target.keys()).toEqual([])
  })
})

/** The same storage, but for some of its methods. */
function wrap<T extends object>(storage: T, changes: Partial<T>): T {
  return new Proxy(storage, {
    get(whole, name) {
      const changed = Reflect.get(changes, name) ?? Reflect.get(whole, name)
      return typeof changed === 'function' ? changed.bind(whole) : changed
    },
  })
}
