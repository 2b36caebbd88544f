import { COLUMNS, valuesOf } from '@keepsake/shared/adapters/sqlite/asset-row'
import { filterToSql } from '@keepsake/shared/adapters/sqlite/filter-to-sql'
import { countWhere, LIST_FROM_BLOCK, pageWhere, READ_BLOCKS } from '@keepsake/shared/adapters/sqlite/list-persisted'
import { createAssets } from '@keepsake/shared/adapters/sqlite/migrations/0001-assets'
import { createBatches } from '@keepsake/shared/adapters/sqlite/migrations/0002-batches'
import { createProjects } from '@keepsake/shared/adapters/sqlite/migrations/0003-projects'
import { createInstallation } from '@keepsake/shared/adapters/sqlite/migrations/0004-installation'
import { FIND_BY_NUMBER, HOLDS_ANY, SqliteAssets } from '@keepsake/shared/adapters/sqlite/sqlite-assets'
import type { SqliteDatabase } from '@keepsake/shared/adapters/sqlite/sqlite-database'
import { FIND_CHILD, FIND_MISSING, LIST_FOLDERS, SqliteFolders } from '@keepsake/shared/adapters/sqlite/sqlite-folders'
import type { Asset } from '@keepsake/shared/domain/asset'
import { COLUMN_TYPES, isColumn } from '@keepsake/shared/domain/asset-query'
import type { Flag } from '@keepsake/shared/domain/kind'
import { DatabaseSync } from '@photostructure/sqlite'
import { changed, later, listedRecord, NOW, PROJECT, record } from '../contracts/records.ts'
import { DatabaseFile } from '../support/database-file.ts'

let file: DatabaseFile

beforeEach(async () => {
  file = await DatabaseFile.make()
})

afterEach(() => file.remove())

describe('the plan of the embedded database', () => {
  const LISTED = 'SEARCH assets USING COVERING INDEX assets_listed (project_id=? AND number>?)'
  const PAGE = [
    'SEARCH assets USING INTEGER PRIMARY KEY (rowid=?)',
    'LIST SUBQUERY 1',
    LISTED,
    // Of the rows of one page.
    'USE TEMP B-TREE FOR ORDER BY',
  ]
  const byNumber = [filterToSql({ column: 'id', operator: 'eq', values: [1] })]
  const byTheRest = Object.keys(COLUMN_TYPES)
    .filter(isColumn)
    .filter((column) => column !== 'id')
    .map((column) => filterToSql({ column, operator: 'eq', values: [1] }))

  const plans: [string, string, unknown[], string[]][] = [
    ['the counts of the blocks', READ_BLOCKS, ['p'], ['SEARCH blocks USING PRIMARY KEY (project_id=?)']],
    ['a page of all', LIST_FROM_BLOCK, ['p', 1024, 100, 0], PAGE],
    ['a count by any column', countWhere(byTheRest), ['p', ...byTheRest.map(() => 1)], [LISTED]],
    ['a page by any column', pageWhere(byTheRest), ['p', ...byTheRest.map(() => 1), 100, 0], PAGE],
    [
      'a count by number',
      countWhere(byNumber),
      ['p', 1],
      ['SEARCH assets USING COVERING INDEX assets_listed (project_id=? AND number=?)'],
    ],
    [
      'a record by its number',
      FIND_BY_NUMBER,
      ['p', 1],
      ['SEARCH assets USING INDEX assets_by_number (project_id=? AND number=?)'],
    ],
    [
      'whether a folder holds anything',
      HOLDS_ANY,
      ['p/a/', 'p/a0'],
      ['SEARCH assets USING COVERING INDEX assets_by_place (place>? AND place<?)'],
    ],
    ['a page of folders', LIST_FOLDERS, ['p', 100, 0], ['SEARCH folders USING PRIMARY KEY (project_id=?)']],
    [
      'whether a folder has another below',
      FIND_CHILD,
      ['p', 'a/', 'a0'],
      ['SEARCH folders USING COVERING INDEX folders_by_path (project_id=? AND path>? AND path<?)'],
    ],
    [
      'missing folders, in leaps',
      FIND_MISSING,
      [1000],
      [
        'CO-ROUTINE holding',
        'SETUP',
        'CO-ROUTINE (subquery-1)',
        'SCAN assets USING COVERING INDEX assets_by_folder',
        'SCAN (subquery-1)',
        'RECURSIVE STEP',
        'SCAN holding',
        'SEARCH assets USING INTEGER PRIMARY KEY (rowid=?)',
        'CORRELATED SCALAR SUBQUERY 3',
        'SEARCH assets USING COVERING INDEX assets_by_folder (project_id=? AND folder>?)',
        'CORRELATED SCALAR SUBQUERY 4',
        'SEARCH assets USING COVERING INDEX assets_by_folder (project_id>?)',
        'SCAN holding',
        'CORRELATED SCALAR SUBQUERY 6',
        'SEARCH folders USING COVERING INDEX folders_by_path (project_id=? AND path=?)',
      ],
    ],
  ]

  test.each(plans)('finds %s by indexes', async (_, sql, values, plan) => {
    const database = await file.connect()

    const steps = await database.read(() => database.statement(`EXPLAIN QUERY PLAN ${sql}`).all(...values))

    expect(steps.map(({ detail }) => detail)).toEqual(plan)
  })
})

describe('reading', () => {
  test('in a snapshot shows one moment, whatever others write meanwhile, also after a failure', async () => {
    const [database, other] = [await file.connect(), await file.connect()]
    const count = () => database.statement('SELECT count(*) AS total FROM folders').get().total
    const write = () => other.statement("INSERT INTO folders VALUES ('p', abs(random()), hex(randomblob(8)), 0)").run()

    const seen = await database.snapshot(() => [count(), write(), count()])
    const failing = database.snapshot(() => {
      count()
      throw new Error('broken')
    })

    expect([seen[0], seen[2]]).toEqual([0, 0])
    await expect(failing).rejects.toThrow('broken')
    write()
    expect(await database.read(count)).toBe(2)
    await new SqliteFolders(database).ensure('p', ['a'], NOW)
    expect(await database.snapshot(count)).toBe(3)
  })

  test('goes on after more different filters than are kept in mind', async () => {
    const assets = new SqliteAssets(await file.connect())
    const asset = listedRecord(1, { folder: '', name: 'a' })
    await assets.insert(asset)

    for (let question = 0; question < 600; question += 1) {
      const filters = Array.from({ length: 10 }, (_, bit) => {
        return { column: 'id', operator: (question >> bit) % 2 ? 'gte' : 'lte', values: [1] } as const
      })
      expect((await assets.list(PROJECT, { filters, page: 1, pageSize: 100 })).total).toBe(1)
    }
    expect(await assets.find(asset.id)).toStrictEqual(asset)
  })
})

describe('the counts of the blocks', () => {
  test('are those of the records, whatever becomes of them', async () => {
    const database = await file.connect()
    const assets = new SqliteAssets(database)
    const listed = [1, 1023, 1024, 5000].map((number) => listedRecord(number, { folder: 'f', name: `${number}` }))
    const [first, second, third] = listed
    for (const asset of listed) await assets.insert(asset)
    if (!first || !second || !third) throw new Error('There are four of them.')

    await assets.insert(first)
    await assets.replace(changed(first, { width: 1 }))
    await assets.replace(changed(second, { state: 'deleted', place: undefined }))
    await assets.replace(changed(second, { state: 'deleted', place: undefined }))
    await assets.forget(third)
    await assets.forget(third)
    await expect(assets.insert(listedRecord(7, { folder: 'f', name: '1' }))).rejects.toMatchObject({
      code: 'NAME_TAKEN',
    })

    expect(await blocksOf(database)).toEqual([
      [0, 1],
      [1, 0],
      [4, 1],
    ])
  })
})

describe('a database of version 4', () => {
  const cases: [string, string, Flag[]][] = [
    ['uploads/2024/01/15', 'image.jpg', ['image']],
    ['', 'at the root.MP4', ['video']],
    ['a', 'x.tar.js', ['script']],
    ['a', 'y.js.tar', []],
    ['a', 'z.css', ['style']],
    ['a/b', 'README.md', ['text']],
    ['a/b', 'js', []],
    ['a/b', '.js', []],
    ['a/b', '.hidden.js', ['script']],
    ['a/b', 'dot.', []],
    ['写真/\u{1f642}', 'größe.PNG', ['image']],
  ]
  const stored = cases.map(([folder, name, flags], index) =>
    listedRecord(index * 600 + 1, { folder, name }, { flags, width: 640, height: 480 }),
  )
  const persisting = listedRecord(9999, { folder: 'w', name: 'w.gif' }, { state: 'persisting', flags: ['image'] })
  const others = [
    persisting,
    record({ state: 'temporary', tempId: 'temp_1' }),
    record({ state: 'deleted', number: 2, keys: ['uploads/old'] }),
    listedRecord(1, { folder: 'o', name: 'o' }, { projectId: 'other' }),
  ]

  beforeEach(() => writeVersion4([...stored, ...others]))

  test('keeps its records, with what their names tell', async () => {
    const assets = new SqliteAssets(await file.connect())

    for (const asset of [...stored, ...others]) expect(await assets.find(asset.id)).toStrictEqual(asset)
    expect(await assets.findByNumber(PROJECT, 601)).toStrictEqual(stored[1])
  })

  test('lists them by what they are found by from now on', async () => {
    const assets = new SqliteAssets(await file.connect())
    const list = async (column: 'folder' | 'name', value: string) => {
      const filters = [{ column, operator: 'eq', values: [value] }] as const
      return (await assets.list(PROJECT, { filters, page: 1, pageSize: 100 })).assets
    }

    for (const [index, [folder, name]] of cases.entries()) {
      expect(await list('name', name)).toStrictEqual(stored.slice(index, index + 1))
      expect(await list('folder', folder)).toContainEqual(stored[index])
    }
    for (const page of [1, 2, 3, 4]) {
      const expected = { assets: stored.slice(page * 4 - 4, page * 4), total: stored.length }
      expect(await assets.list(PROJECT, { filters: [], page, pageSize: 4 })).toStrictEqual(expected)
    }
  })

  test('goes on with its numbers, and knows which folders have no record', async () => {
    const database = await file.connect()
    const folders = new SqliteFolders(database)

    expect(await new SqliteAssets(database).takeNumber(PROJECT)).toBe(10_000)
    const missing = (await folders.findMissing(100)).map(({ projectId, path }) => `${projectId}/${path}`).sort()
    const expected = ['uploads/2024/01/15', 'a', 'a/b', '写真/\u{1f642}'].map((path) => `${PROJECT}/${path}`)
    expect(missing).toEqual([...expected, 'other/o'].sort())
    await folders.ensure(PROJECT, ['a'], NOW)
    expect(await folders.findByPath(PROJECT, 'a')).toMatchObject({ id: 1, createdAt: later(0) })
  })

  function writeVersion4(assets: readonly Asset[]): void {
    const connection = new DatabaseSync(file.path)
    for (const migration of [createAssets, createBatches, createProjects, createInstallation])
      connection.exec(migration)
    connection.exec(`PRAGMA user_version = 4; INSERT INTO counters VALUES ('${PROJECT}', 9999)`)
    const known: string[] = connection
      .prepare('PRAGMA table_info(assets)')
      .all()
      .map(({ name }) => name)
    const insert = connection.prepare(`INSERT INTO assets (${known}) VALUES (${known.map(() => '?')})`)
    for (const asset of assets) {
      const values = valuesOf(asset)
      insert.run(...known.map((name) => values[COLUMNS.indexOf(name)]))
    }
    connection.close()
  }
})

async function blocksOf(database: SqliteDatabase): Promise<[number, number][]> {
  const rows = await database.read(() => database.statement('SELECT block, live FROM blocks ORDER BY block').all())
  return rows.map(({ block, live }) => [block, live])
}
