import type { AssetRepository } from '@keepsake/shared/ports/asset-repository'
import type { FolderRepository, FolderUpkeep } from '@keepsake/shared/ports/folder-repository'
import { describeContract, type Harness } from './harness.ts'
import { changed, later, listedRecord, NOW, PROJECT, record } from './records.ts'

interface Ports {
  readonly folders: FolderRepository & FolderUpkeep
  readonly assets: AssetRepository
}

/** What every repository of folders must do, for requests and for the worker. */
export function describeFolderRepository(harness: Harness<Ports>): void {
  describeContract(harness, ({ port, promises }) => {
    const folders = () => port().folders
    const pathsOf = async (projectId: string) =>
      (await folders().list(projectId, 1, 100)).folders.map(({ path }) => path)

    promises('keeps a record of each path, for every process', async () => {
      await folders().ensure(PROJECT, ['a', 'a/b', 'ä \u{1f642} "\'%_'], NOW)

      const { folders: other } = await harness.reopen()

      const { folders: found, total } = await other.list(PROJECT, 1, 100)
      expect(total).toBe(3)
      expect(found.map(({ path }) => path)).toEqual(['a', 'a/b', 'ä \u{1f642} "\'%_'])
      expect(found.map(({ projectId, createdAt }) => [projectId, createdAt])).toEqual(Array(3).fill([PROJECT, NOW]))
      for (const folder of found) {
        expect(await other.find(PROJECT, folder.id)).toStrictEqual(folder)
        expect(await other.findByPath(PROJECT, folder.path)).toStrictEqual(folder)
      }
    })

    promises('knows no other project’s folders, nor paths that are only similar', async () => {
      await folders().ensure(PROJECT, ['a', 'a/b'], NOW)
      await folders().ensure('other', ['x'], NOW)
      const { folders: found } = await folders().list(PROJECT, 1, 1)

      expect(await folders().findByPath('other', 'a')).toBeUndefined()
      expect(await folders().find('nobody', found[0]?.id ?? 0)).toBeUndefined()
      expect(await pathsOf('other')).toEqual(['x'])
      expect(await folders().list('nobody', 1, 100)).toEqual({ folders: [], total: 0 })
      for (const path of ['', 'A', 'a/', '/a', 'b', 'a_b', '%']) {
        expect(await folders().findByPath(PROJECT, path)).toBeUndefined()
      }
    })

    promises('knows and deletes nothing by a text that goes on behind a NUL', async () => {
      await folders().ensure(PROJECT, ['a', 'a/b'], NOW)
      const id = (await folders().findByPath(PROJECT, 'a'))?.id ?? 0

      for (const end of ['\0', '\0/b']) {
        expect(await folders().findByPath(PROJECT, `a${end}`)).toBeUndefined()
        expect(await folders().findByPath(PROJECT + end, 'a')).toBeUndefined()
        expect(await folders().find(PROJECT + end, id)).toBeUndefined()
        expect(await folders().list(PROJECT + end, 1, 10)).toEqual({ folders: [], total: 0 })
        expect(await folders().hasChildren(PROJECT, `a${end}`)).toBe(false)
        expect(await folders().hasChildren(PROJECT + end, 'a')).toBe(false)
        expect(await folders().delete(PROJECT + end, id)).toBe(false)
      }
      expect(await pathsOf(PROJECT)).toEqual(['a', 'a/b'])
    })

    promises('makes only what is missing, and changes nothing else', async () => {
      await folders().ensure(PROJECT, ['a'], NOW)
      const before = await folders().findByPath(PROJECT, 'a')

      await folders().ensure(PROJECT, ['a', 'a/b', 'a/b'], later(1))
      await folders().ensure(PROJECT, [], later(2))
      await folders().ensure(PROJECT, ['a', 'a/b'], later(3))

      expect(await folders().findByPath(PROJECT, 'a')).toStrictEqual(before)
      expect((await folders().findByPath(PROJECT, 'a/b'))?.createdAt).toEqual(later(1))
      expect(await pathsOf(PROJECT)).toEqual(['a', 'a/b'])
    })

    promises('makes one record when many ensure the same path at once', async () => {
      const { folders: other } = await harness.reopen()
      const ensuring = Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? other : folders()).ensure(PROJECT, ['a', 'a/b', `a/b/${index % 3}`], NOW),
      )

      await Promise.all(ensuring)

      expect((await pathsOf(PROJECT)).sort()).toEqual(['a', 'a/b', 'a/b/0', 'a/b/1', 'a/b/2'])
    })

    promises('gives ids that ascend in their project and are never given again', async () => {
      await folders().ensure(PROJECT, ['a', 'b', 'c'], NOW)
      const before = (await folders().list(PROJECT, 1, 100)).folders.map(({ id }) => id)
      for (const id of before) await folders().delete(PROJECT, id)

      await folders().ensure(PROJECT, ['c', 'a'], NOW)
      await (await harness.reopen()).folders.ensure(PROJECT, ['d'], NOW)

      const { folders: found } = await folders().list(PROJECT, 1, 100)
      const ids = found.map(({ id }) => id)
      expect(ids).toEqual([...new Set([...before, ...ids])].sort((a, b) => a - b).slice(3))
      expect(found.map(({ path }) => path)).toEqual(['c', 'a', 'd'])
      expect(Math.min(...before)).toBeGreaterThan(0)
      expect(ids.every(Number.isSafeInteger)).toBe(true)
    })

    promises('gives ids and the numbers of assets that do not depend on each other', async () => {
      const first = await port().assets.takeNumber(PROJECT)
      await folders().ensure(PROJECT, ['a', 'b'], NOW)
      const second = await port().assets.takeNumber(PROJECT)
      await folders().ensure('other', ['a'], NOW)

      expect([first, second, await port().assets.takeNumber('other')]).toEqual([1, 2, 1])
    })

    promises('lists page by page', async () => {
      const paths = Array.from({ length: 7 }, (_, index) => `${9 - index}`)
      await folders().ensure(PROJECT, paths, NOW)

      for (const page of [1, 2, 3, 4]) {
        const { folders: found, total } = await folders().list(PROJECT, page, 3)
        expect([found.map(({ path }) => path), total]).toEqual([paths.slice(page * 3 - 3, page * 3), 7])
      }
      expect(await folders().list(PROJECT, 1e300, 100)).toEqual({ folders: [], total: 7 })
    })

    promises('knows whether a folder lies below', async () => {
      await folders().ensure(PROJECT, ['a', 'a/b', 'a/b/c', 'ab', 'a-b', 'a0', 'd', 'e_/f', 'e%/f'], NOW)
      await folders().ensure('other', ['d/e'], NOW)

      const parents = []
      for (const path of ['a', 'a/b', 'a/b/c', 'ab', 'd', 'ex', 'A', 'e_', 'e%', 'e', 'none']) {
        if (await folders().hasChildren(PROJECT, path)) parents.push(path)
      }

      expect(parents).toEqual(['a', 'a/b', 'e_', 'e%'])
    })

    promises('deletes once, and nothing else', async () => {
      await folders().ensure(PROJECT, ['a', 'a/b'], NOW)
      await folders().ensure('other', ['a', 'b', 'c'], NOW)
      const id = (await folders().findByPath(PROJECT, 'a'))?.id ?? 0

      expect(await folders().delete('nobody', id)).toBe(false)
      const outcomes = await Promise.all([1, 2, 3].map(() => folders().delete(PROJECT, id)))

      expect(outcomes.filter(Boolean)).toHaveLength(1)
      expect(await folders().find(PROJECT, id)).toBeUndefined()
      expect([await pathsOf(PROJECT), await pathsOf('other')]).toEqual([['a/b'], ['a', 'b', 'c']])
    })

    promises('finds the folders that hold a persisted asset and have no record', async () => {
      const listed = [
        listedRecord(1, { folder: '', name: 'root' }),
        listedRecord(2, { folder: 'known', name: 'x' }),
        listedRecord(3, { folder: 'a', name: 'x' }),
        listedRecord(4, { folder: 'a', name: 'y' }),
        listedRecord(5, { folder: 'a/b', name: 'x' }),
        listedRecord(1, { folder: 'known', name: 'x' }, { projectId: 'other' }),
        listedRecord(6, { folder: 'waiting', name: 'x' }, { state: 'persisting' }),
        record({ state: 'deleted' }),
      ]
      for (const asset of listed) await port().assets.insert(asset)
      await folders().ensure(PROJECT, ['known', 'empty'], NOW)

      const missing = [
        { projectId: PROJECT, path: 'a' },
        { projectId: PROJECT, path: 'a/b' },
        { projectId: 'other', path: 'known' },
      ]
      expect(inOrder(await folders().findMissing(100))).toEqual(missing)
      expect(await folders().findMissing(2)).toHaveLength(2)

      for (const { projectId, path } of missing) await folders().ensure(projectId, [path], NOW)
      expect(await folders().findMissing(100)).toEqual([])
    })

    promises('follows assets that move and die when it looks for missing folders', async () => {
      const [moved, deleted] = [
        listedRecord(1, { folder: 'old', name: 'x' }),
        listedRecord(2, { folder: 'gone', name: 'x' }),
      ]
      await port().assets.insert(moved)
      await port().assets.insert(deleted)

      await port().assets.replace(changed(moved, { place: `${PROJECT}/new/x` }))
      await port().assets.replace(changed(deleted, { state: 'deleted', place: undefined }))

      expect(await folders().findMissing(100)).toEqual([{ projectId: PROJECT, path: 'new' }])
    })
  })
}

function inOrder<T extends { readonly projectId: string; readonly path: string }>(folders: readonly T[]): T[] {
  return [...folders].sort((a, b) => (a.projectId + a.path < b.projectId + b.path ? -1 : 1))
}
