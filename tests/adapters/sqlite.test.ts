import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openSqlite } from '@keepsake/shared/adapters/sqlite/open-database'
import { FIND_BY_KEY, FIND_DUE, LIST_NEWEST, SqliteAssets } from '@keepsake/shared/adapters/sqlite/sqlite-assets'
import { SqliteBatches } from '@keepsake/shared/adapters/sqlite/sqlite-batches'
import { SqliteFolders } from '@keepsake/shared/adapters/sqlite/sqlite-folders'
import { COUNT_DUE, COUNT_GARBAGE, SqliteHeartbeat } from '@keepsake/shared/adapters/sqlite/sqlite-heartbeat'
import { SqliteInstallation } from '@keepsake/shared/adapters/sqlite/sqlite-installation'
import { SqliteProjects } from '@keepsake/shared/adapters/sqlite/sqlite-projects'
import { describeAssetList } from '../contracts/asset-list.contract.ts'
import { describeAssetRepository } from '../contracts/asset-repository.contract.ts'
import { describeAssetUpkeep } from '../contracts/asset-upkeep.contract.ts'
import { describeBatchRepository } from '../contracts/batch-repository.contract.ts'
import { describeFolderRepository } from '../contracts/folder-repository.contract.ts'
import { describeHeartbeat } from '../contracts/heartbeat.contract.ts'
import { describeInstallation } from '../contracts/installation.contract.ts'
import { describeProjectRepository } from '../contracts/project-repository.contract.ts'
import { changed, NOW, record, wholeRecord } from '../contracts/records.ts'
import { DatabaseFile, sqliteHarness } from '../support/database-file.ts'

describeAssetRepository(sqliteHarness('AssetRepository', (database) => new SqliteAssets(database)))
describeAssetList(sqliteHarness('AssetRepository, its list', (database) => new SqliteAssets(database)))
describeAssetUpkeep(sqliteHarness('AssetUpkeep', (database) => new SqliteAssets(database)))
describeBatchRepository(sqliteHarness('BatchRepository', (database) => new SqliteBatches(database)))
describeFolderRepository(
  sqliteHarness('FolderRepository', (database) => ({
    folders: new SqliteFolders(database),
    assets: new SqliteAssets(database),
  })),
)
describeProjectRepository(sqliteHarness('ProjectRepository', (database) => new SqliteProjects(database)))
describeInstallation(sqliteHarness('InstallationRecord', (database) => new SqliteInstallation(database)))
describeHeartbeat(
  sqliteHarness('Heartbeat', (database) => ({
    heartbeat: new SqliteHeartbeat(database),
    assets: new SqliteAssets(database),
  })),
)

describe('the embedded database', () => {
  let file: DatabaseFile

  beforeEach(async () => {
    file = await DatabaseFile.make()
  })

  afterEach(() => file.remove())

  const NEWEST_OF_STATE = 'SEARCH assets USING INDEX assets_by_age (project_id=? AND state=? AND (created_at,id)<(?,?))'
  const plans: [string, string, unknown[], string[]][] = [
    ['a record by its key', FIND_BY_KEY, ['k'], ['SEARCH assets USING INDEX assets_by_key (key=?)']],
    ['a page of a list', LIST_NEWEST.persisted, ['p', 0, '', 0, 50], [NEWEST_OF_STATE]],
    [
      'a page of what waits',
      LIST_NEWEST.temporary,
      ['p', 0, '', 0, 50],
      ['MERGE (UNION ALL)', 'LEFT', NEWEST_OF_STATE, 'RIGHT', NEWEST_OF_STATE],
    ],
    [
      'what is due',
      FIND_DUE,
      [0, 0, '', 500],
      ['SEARCH assets USING INDEX assets_by_due_at ((due_at,id)>(?,?) AND due_at<?)'],
    ],
    [
      'the count of what is due',
      COUNT_DUE,
      [0],
      ['CO-ROUTINE (subquery-1)', 'SEARCH assets USING INDEX assets_by_due_at (due_at<?)', 'SCAN (subquery-1)'],
    ],
    [
      'the count of garbage',
      COUNT_GARBAGE,
      [],
      [
        'CO-ROUTINE (subquery-1)',
        'SEARCH assets USING COVERING INDEX assets_with_garbage (garbage_count>?)',
        'SCAN (subquery-1)',
      ],
    ],
  ]

  test.each(plans)('reads %s by an index, without a sort', async (_, sql, values, plan) => {
    const database = await file.connect()

    const steps = await database.read(() => database.statement(`EXPLAIN QUERY PLAN ${sql}`).all(...values))

    expect(steps.map(({ detail }) => detail)).toEqual(plan)
  })

  test('syncs every commit to the disk', async () => {
    const database = await file.connect()

    expect(await database.read(() => database.statement('PRAGMA synchronous').get())).toEqual({ synchronous: 2 })
    expect(await database.read(() => database.statement('PRAGMA journal_mode').get())).toEqual({ journal_mode: 'wal' })
    expect(await database.read(() => database.statement('PRAGMA busy_timeout').get())).toEqual({ timeout: 0 })
  })

  test('refuses values that would not come back as they were', async () => {
    const assets = new SqliteAssets(await file.connect())
    const asset = record()

    await expect(assets.insert({ ...asset, name: 'cut\0off' })).rejects.toThrow('NUL')
    await expect(assets.insert({ ...asset, deadline: new Date(Number.NaN) })).rejects.toThrow('invalid date')
    expect(await assets.find(asset.id)).toBeUndefined()
  })

  test('writes nothing under a text that was cut at its NUL', async () => {
    const database = await file.connect()
    const [assets, folders] = [new SqliteAssets(database), new SqliteFolders(database)]

    await expect(assets.takeNumber('project\0')).rejects.toThrow('cannot store')
    await expect(folders.ensure('project\0', ['a'], NOW)).rejects.toThrow('cannot store')
    expect(await assets.takeNumber('project')).toBe(1)
    expect(await folders.findByPath('project', 'a')).toBeUndefined()
  })

  test('does not take another record for a repeated insert', async () => {
    const assets = new SqliteAssets(await file.connect())
    const asset = wholeRecord()
    await assets.insert(asset)

    await expect(assets.insert({ ...asset, name: 'other' })).rejects.toThrow('UNIQUE constraint failed')
    expect(await assets.find(asset.id)).toStrictEqual(asset)
  })

  test('leaves alone what a newer release stores in columns of its own', async () => {
    const database = await file.connect()
    const assets = new SqliteAssets(database)
    const asset = record()
    await assets.insert(asset)
    await database.write(() => database.statement("ALTER TABLE assets ADD COLUMN colour TEXT DEFAULT 'kept'").run())

    await assets.replace(changed(asset, { name: 'renamed' }))

    const read = () => database.statement('SELECT name, colour FROM assets').get()
    expect(await database.read(read)).toEqual({ name: 'renamed', colour: 'kept' })
  })

  test('gives its clock as the database’s', async () => {
    const database = await file.connect()

    expect(await new SqliteAssets(database, () => NOW).now()).toEqual(NOW)
    expect(Math.abs((await new SqliteAssets(database).now()).getTime() - Date.now())).toBeLessThan(1000)
  })

  test('stays open when only a repository is held', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage: () => void = runInNewContext('gc')
    const open = async () => new SqliteAssets(await openSqlite(file.path))
    const assets = await open()
    await assets.insert(record({ tempId: 'temp_1' }))

    for (let round = 0; round < 5; round += 1) {
      collectGarbage()
      await new Promise((resolve) => setImmediate(resolve))
    }

    expect(await assets.findByTempId('temp_1')).toBeDefined()
  })
})
