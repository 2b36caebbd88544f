import type { Asset } from '@keepsake/shared/domain/asset'
import type { AssetRepository } from '@keepsake/shared/ports/asset-repository'
import { describeContract, type Harness } from './harness.ts'
import { changed, idsOf, later, listedRecord, NOW, PROJECT, record, wholeRecord } from './records.ts'

const FIRST_PAGE = { filters: [], page: 1, pageSize: 100 }

/** What every repository of assets must do. */
export function describeAssetRepository(harness: Harness<AssetRepository>): void {
  describeContract(harness, ({ port, promises }) => {
    promises('keeps every member of a record, for every process', async () => {
      const asset = wholeRecord()
      await port().insert(asset)

      const found = await (await harness.reopen()).find(asset.id)

      expect(found).toStrictEqual(asset)
    })

    promises('keeps what is absent absent', async () => {
      const asset = record()
      await port().insert(asset)

      expect(await port().find(asset.id)).toStrictEqual(asset)
    })

    promises('finds by id, temporary id and the key in use, and nothing else', async () => {
      const [asset, other] = [
        wholeRecord(),
        record({ tempId: 'temp_other', key: 'uploads/other', keys: ['uploads/other'] }),
      ]
      await port().insert(asset)
      await port().insert(other)

      expect(await port().find(asset.id)).toStrictEqual(asset)
      expect(await port().findByTempId(asset.tempId)).toStrictEqual(asset)
      expect(await port().findByKey(asset.key)).toStrictEqual(asset)
      for (const stranger of ['', asset.key.toUpperCase(), ...asset.keys.filter((key) => key !== asset.key)]) {
        expect(await port().find(stranger)).toBeUndefined()
        expect(await port().findByTempId(stranger)).toBeUndefined()
        expect(await port().findByKey(stranger)).toBeUndefined()
      }
    })

    promises('finds nothing by a text that goes on behind a NUL', async () => {
      const asset = wholeRecord()
      const local = listedRecord(1, { folder: 'a', name: 'b' }, { projectId: 'other' })
      await port().insert(asset)
      await port().insert(local)

      for (const end of ['\0', '\0zz']) {
        expect(await port().find(asset.id + end)).toBeUndefined()
        expect(await port().findByTempId(asset.tempId + end)).toBeUndefined()
        expect(await port().findByKey(asset.key + end)).toBeUndefined()
        expect(await port().findByNumber(PROJECT + end, asset.number)).toBeUndefined()
        expect(await port().list(`other${end}`, FIRST_PAGE)).toEqual({ assets: [], total: 0 })
        expect(await port().listNewest(`other${end}`, { state: 'persisted', now: NOW, limit: 10 })).toEqual([])
        expect(await port().holdsAny(`other${end}`, 'a')).toBe(false)
        expect(await port().holdsAny('other', `a${end}`)).toBe(false)
      }
      expect(idsOf(await port().listNewest('other', { state: 'persisted', now: NOW, limit: 10 }))).toEqual([local.id])
    })

    promises('finds by a number in its project, and nothing else', async () => {
      const assets = [1, 12, 2 ** 40].map((number) => listedRecord(number, { folder: '', name: `${number}` }))
      const other = listedRecord(12, { folder: '', name: '12' }, { projectId: 'other' })
      for (const asset of [...assets, other]) await port().insert(asset)

      for (const asset of assets) expect(await port().findByNumber(PROJECT, asset.number ?? 0)).toStrictEqual(asset)
      expect(await port().findByNumber('other', 12)).toStrictEqual(other)
      for (const stranger of [0, -1, 1.5, 13, 1e300]) {
        expect(await port().findByNumber(PROJECT, stranger)).toBeUndefined()
      }
      expect(await port().findByNumber('other', 1)).toBeUndefined()
    })

    promises('knows whether an asset is listed in a folder or below it', async () => {
      const places = ['a/b', 'c', 'd_', 'e%', 'fg'].map((folder) => ({ folder, name: 'x' }))
      for (const [index, place] of places.entries()) await port().insert(listedRecord(index, place))
      await port().insert(listedRecord(10, { folder: 'waiting', name: 'x' }, { state: 'persisting' }))
      await port().insert(listedRecord(11, { folder: 'strange', name: 'x' }, { projectId: 'other' }))
      await port().insert(record({ state: 'deleted' }))
      await port().insert(listedRecord(12, { folder: '', name: 'h' }))

      const holding = []
      for (const folder of ['', 'a', 'a/b', 'b', 'c', 'c/x', 'd', 'dx', 'ex', 'f', 'h', 'A', 'strange', 'waiting']) {
        if (await port().holdsAny(PROJECT, folder)) holding.push(folder)
      }

      expect(holding).toEqual(['', 'a', 'a/b', 'c', 'waiting'])
      expect(await port().holdsAny('other', '')).toBe(true)
      expect(await port().holdsAny('nobody', '')).toBe(false)
    })

    promises('takes the same insert again, and keeps one record', async () => {
      const asset = wholeRecord()
      await port().insert(asset)

      await port().insert(asset)

      expect(await port().find(asset.id)).toStrictEqual(asset)
      expect(await port().list(PROJECT, FIRST_PAGE)).toStrictEqual({ assets: [asset], total: 1 })
    })

    promises('replaces the version before only', async () => {
      const asset = wholeRecord()
      await port().insert(asset)
      const second = changed(asset, {
        name: 'second',
        key: undefined,
        deadline: undefined,
        content: undefined,
        marks: [],
      })

      expect(await port().replace(changed(second, { name: 'third' }))).toBe(false)
      expect(await port().replace({ ...second, version: asset.version })).toBe(false)
      expect(await port().replace(changed(record(), { name: 'unknown' }))).toBe(false)
      expect(await port().find(asset.id)).toStrictEqual(asset)
      expect(await port().replace(second)).toBe(true)
      expect(await port().replace(second)).toBe(false)
      expect(await (await harness.reopen()).find(asset.id)).toStrictEqual(second)
      expect(await port().findByKey(asset.key)).toBeUndefined()
    })

    promises('lets one of many replace a version', async () => {
      const asset = record()
      await port().insert(asset)
      const rivals = Array.from({ length: 20 }, (_, index) => changed(asset, { name: `rival ${index}` }))

      const won = await Promise.all(rivals.map((rival) => port().replace(rival)))

      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await port().find(asset.id)).toStrictEqual(rivals[won.indexOf(true)])
    })

    promises('refuses a key that another record ever claimed', async () => {
      const [holder, asset] = [
        record({ state: 'deleted', key: 'uploads/new', keys: ['uploads/old', 'uploads/new'] }),
        record(),
      ]
      await port().insert(holder)
      await port().insert(asset)

      for (const key of holder.keys) {
        const claim = { key, keys: ['uploads/mine', key] }
        await expect(port().insert(record(claim))).rejects.toMatchObject({ code: 'KEY_TAKEN' })
        await expect(port().replace(changed(asset, claim))).rejects.toMatchObject({ code: 'KEY_TAKEN' })
      }

      expect(await port().find(asset.id)).toStrictEqual(asset)
      expect(await port().findByKey('uploads/new')).toStrictEqual(holder)
      expect(await port().replace(changed(asset, { key: 'uploads/mine', keys: ['uploads/mine'] }))).toBe(true)
    })

    promises('frees a key that its record no longer remembers', async () => {
      const holder = record({ key: 'uploads/new', keys: ['uploads/old', 'uploads/new'] })
      await port().insert(holder)

      await port().replace(changed(holder, { keys: ['uploads/new'] }))

      await port().insert(record({ keys: ['uploads/old'] }))
      await expect(port().insert(record({ keys: ['uploads/new'] }))).rejects.toMatchObject({ code: 'KEY_TAKEN' })
    })

    promises('gives a place to one record at a time', async () => {
      const [holder, asset] = [record({ place: 'a/b/c' }), record()]
      await port().insert(holder)
      await port().insert(asset)

      await expect(port().insert(record({ place: 'a/b/c' }))).rejects.toMatchObject({ code: 'NAME_TAKEN' })
      await expect(port().replace(changed(asset, { place: 'a/b/c' }))).rejects.toMatchObject({ code: 'NAME_TAKEN' })
      expect(await port().find(asset.id)).toStrictEqual(asset)

      await port().replace(changed(holder, { place: undefined }))
      expect(await port().replace(changed(asset, { place: 'a/b/c' }))).toBe(true)
    })

    promises('lets a refused write harm none of those beside it', async () => {
      const holder = record({ keys: ['uploads/taken'] })
      await port().insert(holder)
      const group = Array.from({ length: 9 }, (_, index) =>
        record({ keys: [index % 3 === 1 ? 'uploads/taken' : `uploads/${index}`] }),
      )

      const outcomes = await Promise.allSettled(group.map((asset) => port().insert(asset)))

      expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(group.map((_, index) => index % 3 !== 1))
      const found = await Promise.all(group.map(({ id }) => port().find(id)))
      expect(found).toStrictEqual(group.map((asset, index) => (index % 3 === 1 ? undefined : asset)))
    })

    promises('gives every number of a project once, ascending', async () => {
      const taken = await Promise.all(Array.from({ length: 20 }, () => port().takeNumber(PROJECT)))
      const next = await (await harness.reopen()).takeNumber(PROJECT)

      expect(new Set([...taken, next]).size).toBe(21)
      expect(Math.min(...taken)).toBe(1)
      expect(next).toBeGreaterThan(Math.max(...taken))
      expect(await port().takeNumber('another project')).toBe(1)
    })

    promises('lists what has bytes, of one state and one project, newest first, page by page', async () => {
      const ages = [5, 5, 1, 9, 5, 7]
      const assets = ages.map((age) => record({ state: 'persisted', createdAt: later(-age) }))
      const others = [
        record({ state: 'temporary' }),
        record({ state: 'persisting' }),
        record({ state: 'persisted', projectId: 'other' }),
        record({ state: 'persisted', url: 'https://example.com/' }),
      ]
      for (const asset of [...assets, ...others]) await port().insert(asset)

      const listing = { state: 'persisted', now: NOW, limit: 4 } as const
      const first = await port().listNewest(PROJECT, listing)
      const last = first.at(-1)
      const second = await port().listNewest(PROJECT, { ...listing, ...(last && { after: last }) })

      const inOrder = [...assets].sort(
        (a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1),
      )
      expect([first.length, second.length]).toEqual([4, 2])
      expect([...first, ...second]).toStrictEqual(inOrder)
    })

    promises('lists temporary records until their deadline', async () => {
      const temporary = [-1, 0, 1].map((time) => record({ state: 'temporary', deadline: later(time) }))
      for (const asset of temporary) await port().insert(asset)

      const listed = await port().listNewest(PROJECT, { state: 'temporary', now: NOW, limit: 10 })

      expect(idsOf(listed)).toEqual(idsOf(temporary.slice(2)))
    })

    promises('lists what is being persisted among the temporary ones, page by page, each once', async () => {
      const ages = [5, 5, 1, 9, 5, 7, 5, 2]
      const waiting = ages.map((age, index) =>
        record({
          createdAt: later(-age),
          ...(index % 2 ? { state: 'persisting' } : { state: 'temporary', deadline: later(age) }),
        }),
      )
      const others = [
        record({ state: 'persisting', projectId: 'other' }),
        record({ state: 'persisted' }),
        record({ state: 'uploading', deadline: later(1) }),
        record({ state: 'deleted' }),
      ]
      for (const asset of [...waiting, ...others]) await port().insert(asset)
      const inOrder = [...waiting].sort(
        (a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1),
      )

      for (const limit of [1, 2, 3, 100]) {
        const seen: Asset[] = []
        for (let page = [...waiting]; page.length > 0; ) {
          const last = seen.at(-1)
          page = await port().listNewest(PROJECT, { state: 'temporary', now: NOW, limit, ...(last && { after: last }) })
          expect(page.length).toBeLessThanOrEqual(limit)
          seen.push(...page)
        }
        expect(seen).toStrictEqual(inOrder)
      }
    })

    promises('says that it can be used', async () => {
      await expect(port().check()).resolves.toBeUndefined()
    })
  })
}
