import type { Filter } from '@keepsake/shared/domain/asset-query'
import { parseBoolean, parseFilters } from '@keepsake/shared/domain/parse-filters'

const DAY = new Date('2020-02-03T00:00:00.000Z')
const TIME = new Date('2020-02-03T17:16:00.485Z')

const good: [string, string, Omit<Filter, 'column'> & { column: string }][] = [
  ['id', '12', { column: 'id', operator: 'eq', values: [12] }],
  ['id', '-1.50', { column: 'id', operator: 'eq', values: [-1.5] }],
  ['id.gt', '+3', { column: 'id', operator: 'gt', values: [3] }],
  ['id.in', '1,2,3', { column: 'id', operator: 'in', values: [1, 2, 3] }],
  ['id.in', '7', { column: 'id', operator: 'in', values: [7] }],
  ['width.gte', '0100', { column: 'width', operator: 'gte', values: [100] }],
  ['height.between', '100,50', { column: 'height', operator: 'between', values: [100, 50] }],
  ['height.lt', '9'.repeat(300), { column: 'height', operator: 'lt', values: [1e300] }],
  ['created_at', '2020-02-03', { column: 'created_at', operator: 'eq', values: [DAY] }],
  ['created_at.lte', '2020-02-03T17:16:00.485Z', { column: 'created_at', operator: 'lte', values: [TIME] }],
  [
    'updated_at.between',
    '2020-02-03,2020-02-03T18:16:00.485 01:00',
    { column: 'updated_at', operator: 'between', values: [DAY, TIME] },
  ],
  ['name', 'a,b', { column: 'name', operator: 'eq', values: ['a,b'] }],
  ['name', '', { column: 'name', operator: 'eq', values: [''] }],
  ['name.gt', ' A%_*', { column: 'name', operator: 'gt', values: [' A%_*'] }],
  ['name.in', 'a, b ,', { column: 'name', operator: 'in', values: ['a', ' b ', ''] }],
  ['name.in', '', { column: 'name', operator: 'in', values: [''] }],
  ['name.between', ',z', { column: 'name', operator: 'between', values: ['', 'z'] }],
  ['folder', '', { column: 'folder', operator: 'eq', values: [''] }],
  ['folder', '/a/', { column: 'folder', operator: 'eq', values: ['/a/'] }],
  ['url', 'https://example.com/?a=b', { column: 'url', operator: 'eq', values: ['https://example.com/?a=b'] }],
  ...(['image', 'video', 'script', 'style', 'text', 'async', 'defer'] as const).flatMap((column): typeof good => [
    [column, 't', { column, operator: 'eq', values: [true] }],
    [column, 'f', { column, operator: 'eq', values: [false] }],
  ]),
]

test.each(good)('%s=%s is understood', (key, value, filter) => {
  expect(parseFilters([[key, value]])).toEqual({ filters: [filter], ignored: [] })
})

test.each([
  ['id', ''],
  ['id', 'x'],
  ['id', '1e3'],
  ['id', '0x10'],
  ['id', 'NaN'],
  ['id', 'Infinity'],
  ['id', ' 1'],
  ['id', '1 '],
  ['id', '1,2'],
  ['id', '.5'],
  ['id', '5.'],
  ['id', '1_000'],
  ['id', '١'],
  ['id', '9'.repeat(400)],
  ['id.in', '1,'],
  ['id.in', ''],
  ['id.in', '1,x'],
  ['id.between', '1'],
  ['id.between', '1,2,3'],
  ['id.between', '1,'],
  ['id.between', ''],
  ['name.between', 'a'],
  ['name.between', 'a,b,c'],
  ['name.eq', 'a'],
  ['name.like', 'a'],
  ['name.', 'a'],
  ['name.GT', 'a'],
  ['name.gt.lt', 'a'],
  ['name.toString', 'a'],
  ['name.gt\n', 'a'],
  ['created_at', ''],
  ['created_at', '2020-02-30'],
  ['created_at.gt', 'yesterday'],
  ['created_at.in', '2020-02-03,'],
  ['image', ''],
  ['image', 'T'],
  ['image', 'yes'],
  ['image', 'TRUE'],
  ['image.in', 't'],
  ['image.gt', 't'],
  ['defer.between', 'f,t'],
])('%s=%s is refused, and names its key', (key, value) => {
  expect(() => parseFilters([[key, value]])).toThrow(
    expect.objectContaining({ code: 'QUERY_INVALID', details: { param: key } }),
  )
})

test.each([
  'country.in',
  'mobile',
  'name[$gt]',
  'cdn_url',
  '_id',
  'Name',
  'NAME.gt',
  ' name',
  'name ',
  'name,id',
  '',
  '.gt',
  '__proto__',
  'constructor',
  'hasOwnProperty.gt',
  'naïve',
])('%j names no column and is ignored', (key) => {
  expect(parseFilters([[key, 'x']])).toEqual({ filters: [], ignored: [key] })
})

test('several filters stand side by side, and the last value of a key counts', () => {
  const { filters, ignored } = parseFilters([
    ['name', 'a'],
    ['x', '1'],
    ['id.gt', 'bad'],
    ['id.lt', '9'],
    ['id.gt', '1'],
    ['name', 'b'],
    ['x', '2'],
  ])

  expect(filters).toHaveLength(3)
  expect(filters).toEqual(
    expect.arrayContaining([
      { column: 'name', operator: 'eq', values: ['b'] },
      { column: 'id', operator: 'gt', values: [1] },
      { column: 'id', operator: 'lt', values: [9] },
    ]),
  )
  expect(ignored).toEqual(['x'])
})

test('a long key is not repeated whole', () => {
  const key = `name.${'x'.repeat(5000)}`

  expect(() => parseFilters([[key, 'a']])).toThrow(expect.objectContaining({ details: { param: key.slice(0, 100) } }))
})

test('a boolean has three ways to be true and three to be false', () => {
  expect(['t', 'true', '1'].map(parseBoolean)).toEqual([true, true, true])
  expect(['f', 'false', '0'].map(parseBoolean)).toEqual([false, false, false])
  expect(['', 'T', 'on', 'null', '10'].map(parseBoolean)).toEqual(Array(5).fill(undefined))
})
