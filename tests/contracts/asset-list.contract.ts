import type { Asset } from '@keepsake/shared/domain/asset'
import { COLUMN_TYPES, type Filter, isColumn, type Operator, type Scalar } from '@keepsake/shared/domain/asset-query'
import type { AssetRepository } from '@keepsake/shared/ports/asset-repository'
import { columnOf, filtered } from './filtered.ts'
import { describeContract, type Harness } from './harness.ts'
import { changed, idsOf, later, listedRecord, NOW, PROJECT, record } from './records.ts'

/** What every repository must do with a list that is filtered and read by pages. */
export function describeAssetList(harness: Harness<AssetRepository>): void {
  describeContract(harness, ({ port, promises }) => {
    const list = (page: number, pageSize: number, ...filters: Filter[]) =>
      port().list(PROJECT, { filters, page, pageSize })

    promises('lists what is persisted in one project by number, page by page, and counts it', async () => {
      const assets = await insertShuffled(port(), [1, 2, 9, 1023, 1024, 1025, 2047, 5000, 1_000_000])
      const elsewhere = { folder: '', name: 'elsewhere' }
      await port().insert(listedRecord(3, elsewhere, { projectId: 'other' }))
      await port().insert(listedRecord(4, elsewhere, { state: 'persisting' }))
      await port().insert(record({ state: 'deleted', number: 5 }))

      for (const page of [1, 2, 3, 4, 5, 6]) {
        expect(await list(page, 2)).toStrictEqual({ assets: assets.slice(page * 2 - 2, page * 2), total: 9 })
      }
      expect(await list(1, 100)).toStrictEqual({ assets, total: 9 })
      for (const page of [2, 1e15, 1e300]) expect(await list(page, 100)).toEqual({ assets: [], total: 9 })
      expect(await port().list('nobody', { filters: [], page: 1, pageSize: 100 })).toEqual({ assets: [], total: 0 })
    })

    promises('follows what is persisted and deleted', async () => {
      const assets = await insertShuffled(port(), [1, 2, 3, 1500, 1501])
      const waiting = record({ state: 'persisting' })
      await port().insert(waiting)

      for (const asset of assets.slice(0, 4)) await port().replace(changed(asset, { state: 'deleted' }))
      const place = `${PROJECT}//late`
      const late = changed(waiting, { state: 'persisted', number: 6, place })
      await port().replace(late)
      const renamed = changed(late, { name: 'renamed', place: `${PROJECT}//renamed` })
      await port().replace(renamed)

      expect(await list(1, 1)).toStrictEqual({ assets: [renamed], total: 2 })
      expect(await list(2, 1)).toStrictEqual({ assets: assets.slice(4), total: 2 })
    })

    promises('finds a page and the total among what the filters leave', async () => {
      const assets = await insertShuffled(
        port(),
        Array.from({ length: 30 }, (_, index) => index * 100),
      )
      const left = assets.filter((_, index) => index % 3 === 0)
      for (const asset of left) await port().replace(changed(asset, { width: 7 }))
      const narrow: Filter = { column: 'width', operator: 'eq', values: [7] }

      for (const page of [1, 2, 3, 4]) {
        const { assets: found, total } = await list(page, 4, narrow)
        expect([idsOf(found), total]).toEqual([idsOf(left.slice(page * 4 - 4, page * 4)), 10])
      }
      expect(await list(2, 5, narrow)).toMatchObject({ assets: { length: 5 }, total: 10 })
      for (const page of [3, 1e15, 1e300]) expect(await list(page, 5, narrow)).toEqual({ assets: [], total: 10 })
    })

    promises('keeps what meets all filters', async () => {
      const assets = await insertSamples(port())
      const filters: Filter[] = [
        { column: 'folder', operator: 'between', values: ['a', 'ab'] },
        { column: 'width', operator: 'gte', values: [0] },
        { column: 'image', operator: 'eq', values: [false] },
        { column: 'width', operator: 'lt', values: [100] },
      ]

      const { assets: found, total } = await list(1, 100, ...filters)

      const expected = filters.reduce<Asset[]>(filtered, assets)
      expect(expected.length).toBeGreaterThan(0)
      expect(idsOf(found)).toEqual(idsOf(expected))
      expect(total).toBe(expected.length)
    })

    for (const column of Object.keys(COLUMN_TYPES).filter(isColumn)) {
      promises(`compares ${column} as it is promised`, async () => {
        const assets = await insertSamples(port())
        const filters = filtersOf(column, assets)

        for (const filter of filters) {
          const { assets: found, total } = await list(1, 100, filter)
          const expected = filtered(assets, filter).map(({ number }) => number)
          expect({ filter, numbers: found.map(({ number }) => number) }).toEqual({ filter, numbers: expected })
          expect(total).toBe(expected.length)
        }
      })
    }
  })
}

const NAMES = [
  'a',
  'B',
  'aa',
  'a b',
  '100%',
  '1_0',
  'it\'s "so"',
  'a\\b',
  'ä',
  'a\u0308',
  '\uff5e',
  '\u{1f642}',
  '9',
  '10',
]

/** Records that differ in everything that a filter may look at. */
function samples(): Asset[] {
  const widths = [undefined, 0, 9, 10, 100, 2 ** 40]
  const urls = [undefined, 'https://example.com/?a=1,2', "https://example.com/'%_\u{1f642}"]
  const folders = ['', 'a', 'a/b', 'ab', '\u{1f642}']
  const flags = ['image', 'video', 'script', 'style', 'text', 'async', 'defer'] as const
  return NAMES.map((name, index) => {
    const [width, height, url] = [widths[index % 6], widths[(index * 5 + 2) % 6], urls[index % 3]]
    return listedRecord(
      index * 700 + 1,
      { folder: folders[index % 5] ?? '', name },
      {
        // What the record says of its upload is not what it is listed by.
        name: 'image.jpg',
        createdAt: later(index % 4),
        updatedAt: later(-index * 1000),
        flags: flags.filter((_, bit) => ((index + 1) >> (bit % 4)) % 2 === 1),
        ...(width !== undefined && { width }),
        ...(height !== undefined && { height }),
        ...(url !== undefined && { url }),
      },
    )
  })
}

/** Every operator with every value that a record has, and with some that none has. */
function filtersOf(column: Filter['column'], assets: readonly Asset[]): Filter[] {
  const stored = assets.flatMap((asset) => columnOf(asset, column) ?? [])
  const values: Scalar[] = [...new Set<Scalar>([...stored, ...STRANGERS[COLUMN_TYPES[column]]])]
  const each = (operator: Operator) => values.map((value) => ({ column, operator, values: [value] }))
  if (COLUMN_TYPES[column] === 'boolean') return each('eq')
  const pairs = values.map((value, index) => [value, values[(index * 3 + 1) % values.length] ?? value])
  const between = [
    ...pairs,
    ...pairs.map(([low = 0, high = 0]) => [high, low]),
    ...values.map((value) => [value, value]),
  ]
  return [
    ...(['eq', 'gt', 'gte', 'lt', 'lte', 'in'] as const).flatMap(each),
    ...between.map((bounds) => ({ column, operator: 'between' as const, values: bounds })),
    ...[...pairs, values, []].map((some) => ({ column, operator: 'in' as const, values: some })),
  ]
}

const STRANGERS: Readonly<Record<(typeof COLUMN_TYPES)[Filter['column']], readonly Scalar[]>> = {
  boolean: [true, false],
  number: [-1, 0.5, 9.5, 2 ** 53, 1e300, -1e300],
  time: [new Date(NOW.getTime()), new Date(-1), new Date('9999-12-31T23:59:59.999Z'), new Date('0001-01-01T00:00:00Z')],
  text: ['', 'A', '%', '_', 'a%', "'", '"', '\\', 'null', '0', '\0', 'a\0', 'a\0b', 'a/', '\u{10ffff}', '\ue000', '[]'],
}

async function insertSamples(port: AssetRepository): Promise<Asset[]> {
  const assets = samples()
  await Promise.all(assets.map((asset) => port.insert(asset)))
  return assets
}

/** Records with these numbers, which are stored in another order. */
async function insertShuffled(port: AssetRepository, numbers: readonly number[]): Promise<Asset[]> {
  const assets = numbers.map((number) => listedRecord(number, { folder: 'f', name: `${number}.txt` }))
  const order = assets.map((asset, index) => ({ asset, rank: (index * 7) % 5 })).sort((a, b) => a.rank - b.rank)
  for (const { asset } of order) await port.insert(asset)
  return assets
}
