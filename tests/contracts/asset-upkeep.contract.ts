import type { AssetRepository } from '@keepsake/shared/ports/asset-repository'
import type { AssetUpkeep } from '@keepsake/shared/ports/asset-upkeep'
import { describeContract, type Harness } from './harness.ts'
import { changed, idsOf, later, NOW, record, wholeRecord } from './records.ts'

/** What every repository of assets must do for the worker. */
export function describeAssetUpkeep(harness: Harness<AssetRepository & AssetUpkeep>): void {
  describeContract(harness, ({ port, promises }) => {
    promises('finds the records whose time has come, the longest due first', async () => {
      const due = [later(0), later(-5), later(-9)].map((dueAt) => record({ dueAt }))
      for (const asset of [...due, record({ dueAt: later(1) }), record()]) await port().insert(asset)

      expect(await port().findDue(NOW, 10)).toStrictEqual([...due].reverse())
      expect(await port().findDue(later(-10), 10)).toEqual([])
    })

    promises('gives all that is due page by page, each record once, also when many are due at once', async () => {
      const due = Array.from({ length: 7 }, (_, index) => record({ dueAt: later(index < 5 ? -2 : -1) }))
      for (const asset of due) await port().insert(asset)

      const seen = []
      let page = await port().findDue(NOW, 3)
      while (page.length > 0) {
        seen.push(...page)
        page = await port().findDue(NOW, 3, page.at(-1))
      }

      const [early, late] = [due.slice(0, 5), due.slice(5)].map((records) => idsOf(records).sort())
      expect(idsOf(seen)).toEqual([...(early ?? []), ...(late ?? [])])
    })

    promises('follows a record whose time changes', async () => {
      const asset = record({ dueAt: later(-1) })
      await port().insert(asset)

      await port().replace(changed(asset, { dueAt: later(60_000) }))
      expect(await port().findDue(NOW, 10)).toEqual([])
      await port().replace(changed(changed(asset, {}), { dueAt: undefined }))
      expect(await port().findDue(later(120_000), 10)).toEqual([])
    })

    promises('forgets a record only in the version that it was asked to', async () => {
      const asset = wholeRecord()
      await port().insert(asset)
      const second = changed(asset, { name: 'second' })
      await port().replace(second)

      expect(await port().forget(asset)).toBe(false)
      expect(await port().forget(record())).toBe(false)
      expect(await port().forget({ ...second, id: `${second.id}\0` })).toBe(false)
      expect(await port().find(asset.id)).toStrictEqual(second)
      expect(await port().forget(second)).toBe(true)
      expect(await port().forget(second)).toBe(false)
      expect(await (await harness.reopen()).find(asset.id)).toBeUndefined()
    })

    promises('frees everything that a forgotten record held', async () => {
      const asset = wholeRecord()
      await port().insert(asset)

      await port().forget(asset)

      await port().insert({ ...asset, id: record().id })
      expect((await port().findByKey(asset.key))?.id).not.toBe(asset.id)
    })

    promises('replaces nothing that was forgotten', async () => {
      const asset = record()
      await port().insert(asset)
      await port().forget(asset)

      expect(await port().replace(changed(asset, { name: 'back again' }))).toBe(false)
      expect(await port().find(asset.id)).toBeUndefined()
    })
  })
}
