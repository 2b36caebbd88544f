import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { SqliteAssets } from '@keepsake/shared/adapters/sqlite/sqlite-assets'
import type { SqliteDatabase } from '@keepsake/shared/adapters/sqlite/sqlite-database'
import { changed, PROJECT, record } from '../contracts/records.ts'
import { DatabaseFile } from '../support/database-file.ts'

describe('a write to the embedded database', () => {
  let file: DatabaseFile

  beforeEach(async () => {
    file = await DatabaseFile.make()
  })

  afterEach(() => file.remove())

  test('waits for another connection without holding up the process, and reads do not wait', async () => {
    const [assets, other] = [new SqliteAssets(await file.connect()), await file.connect()]
    const asset = record()
    await assets.insert(asset)
    run(other, 'BEGIN IMMEDIATE')
    let isLocked = true
    const begun = performance.now()

    const written = assets.replace(changed(asset, { name: 'renamed' })).then((won) => ({ won, isLocked }))
    expect((await assets.find(asset.id))?.name).toBe(asset.name)
    await setTimeout(300)
    const heldUpBy = performance.now() - begun - 300
    isLocked = false
    run(other, 'COMMIT')

    expect(await written).toEqual({ won: true, isLocked: false })
    expect(heldUpBy).toBeLessThan(400)
  })

  test('fails when the database stays locked, changes nothing, and works again later', async () => {
    const [assets, other] = [new SqliteAssets(await file.connect({ patience: 50 })), await file.connect()]
    const asset = record()
    run(other, 'BEGIN IMMEDIATE')

    const refused = [assets.insert(asset), assets.takeNumber(PROJECT)]

    for (const write of refused) await expect(write).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    run(other, 'COMMIT')
    expect(await assets.find(asset.id)).toBeUndefined()
    expect(await assets.takeNumber(PROJECT)).toBe(1)
    await assets.insert(asset)
  })

  test('shares its commit with those of the same turn', async () => {
    const assets = new SqliteAssets(await file.connect())
    await assets.insert(record())
    const before = await commitsIn(file.path)

    await Promise.all(Array.from({ length: 100 }, () => assets.insert(record())))

    expect((await commitsIn(file.path)) - before).toBe(1)
  })

  test('leaves the database to others between two commits when it was told to', async () => {
    const assets = new SqliteAssets(await file.connect({ pause: 20 }))
    const begun = performance.now()

    await assets.insert(record())
    await assets.insert(record())

    expect(performance.now() - begun).toBeGreaterThan(35)
  })

  test('says that the disk is full, keeps what was acknowledged and nothing else', async () => {
    const database = await file.connect()
    const assets = new SqliteAssets(database)
    const pages = database.statement('PRAGMA page_count').get().page_count
    database.statement(`PRAGMA max_page_count = ${pages + 20}`).get()
    const group = Array.from({ length: 30 }, () => record({ name: 'x'.repeat(9000) }))

    const outcomes = await Promise.allSettled(group.map((asset) => assets.insert(asset)))

    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
    expect(new Set(failures)).toEqual(new Set(['STORAGE_FULL']))
    const stored = await Promise.all(group.map(async ({ id }) => (await assets.find(id)) !== undefined))
    expect(stored).toEqual(outcomes.map(({ status }) => status === 'fulfilled'))
    database.statement('PRAGMA max_page_count = 100000').get()
    await Promise.all(group.map((asset) => assets.insert(asset)))
  })

  test('that began before the close is durable, one that comes later is refused', async () => {
    const database = await file.connect()
    const assets = new SqliteAssets(database)
    const asset = record()

    const written = assets.insert(asset)
    await database.close()

    await written
    await expect(assets.insert(record())).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(assets.find(asset.id)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(database.close()).resolves.toBeUndefined()
    expect(await new SqliteAssets(await file.connect()).find(asset.id)).toStrictEqual(asset)
  })
})

function run(database: SqliteDatabase, sql: string): void {
  database.statement(sql).run()
}

/** How many commits the log holds: a frame that ends one tells the size of the database after it. */
async function commitsIn(path: string): Promise<number> {
  const log = await readFile(`${path}-wal`)
  const [header, frameHeader, page] = [32, 24, 4096]
  let commits = 0
  for (let at = header; at < log.length; at += frameHeader + page) commits += log.readUInt32BE(at + 4) > 0 ? 1 : 0
  return commits
}
