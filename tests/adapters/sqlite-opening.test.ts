import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { migrate } from '@keepsake/shared/adapters/sqlite/migrate'
import { openSqlite } from '@keepsake/shared/adapters/sqlite/open-database'
import { SqliteAssets } from '@keepsake/shared/adapters/sqlite/sqlite-assets'
import { DatabaseSync } from '@photostructure/sqlite'
import { record } from '../contracts/records.ts'
import { DatabaseFile } from '../support/database-file.ts'

/** A user without rights; root may write everywhere. */
const NOBODY = 65534

describe('opening the embedded database', () => {
  let file: DatabaseFile

  beforeEach(async () => {
    file = await DatabaseFile.make()
  })

  afterEach(() => file.remove())

  test('makes missing folders', async () => {
    const database = await openSqlite(join(dirname(file.path), 'new', 'folder', 'keepsake.db'))

    await new SqliteAssets(database).insert(record())
    await database.close()
  })

  test('makes each step of the schema once when two find it missing', async () => {
    const connections = [1, 2].map(() => new DatabaseSync(file.path, { timeout: 0 }))

    await Promise.all(connections.map((connection) => migrate(connection, 5000)))

    for (const connection of connections) connection.close()
    await new SqliteAssets(await file.connect()).insert(record())
  })

  test('keeps what is stored', async () => {
    const asset = record()
    const first = await openSqlite(file.path)
    await new SqliteAssets(first).insert(asset)
    await first.close()

    expect(await new SqliteAssets(await file.connect()).find(asset.id)).toStrictEqual(asset)
  })

  test('refuses a schema that is newer, and leaves it as it is', async () => {
    const database = await file.connect()
    const { user_version: version } = database.statement('PRAGMA user_version').get()
    database.statement(`PRAGMA user_version = ${version + 1}`).run()

    await expect(openSqlite(file.path)).rejects.toMatchObject({ code: 'SCHEMA_NEWER' })

    expect(database.statement('PRAGMA user_version').get()).toEqual({ user_version: version + 1 })
  })

  test('names the setting when the folder is a file', async () => {
    await writeFile(file.path, '')

    await expect(openSqlite(join(file.path, 'keepsake.db'))).rejects.toMatchObject(unusable('cannot be written'))
  })

  test('names the setting when the file is a folder', async () => {
    await mkdir(file.path)

    await expect(openSqlite(file.path)).rejects.toMatchObject(unusable('cannot be written'))
  })

  test('names the setting when the file is something else', async () => {
    await writeFile(file.path, 'not a database, but long enough to be read as one'.repeat(100))

    await expect(openSqlite(file.path)).rejects.toMatchObject(unusable('damaged or no database'))
  })

  test('names the setting when the file may not be written', async () => {
    await (await openSqlite(file.path)).close()
    await chmod(dirname(file.path), 0o755)
    await chmod(file.path, 0o444)

    await expect(withoutRights(() => openSqlite(file.path))).rejects.toMatchObject(unusable('cannot be written'))
  })

  test('waits for a lock, but not for ever', async () => {
    const holder = await file.connect()
    holder.statement('PRAGMA locking_mode = EXCLUSIVE').get()
    holder.statement('DELETE FROM batches').run()
    holder.statement('BEGIN EXCLUSIVE').run()

    await expect(openSqlite(file.path, { patience: 50 })).rejects.toMatchObject({ code: 'UNAVAILABLE' })

    holder.statement('COMMIT').run()
  })

  test('is unusable once its file is gone or replaced', async () => {
    const database = await file.connect()
    await database.check()

    await rename(file.path, `${file.path}.moved`)
    await expect(database.check()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await writeFile(file.path, '')
    await expect(database.check()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await rm(file.path)
    await rename(`${file.path}.moved`, file.path)
    await expect(database.check()).resolves.toBeUndefined()
  })
})

function unusable(problem: string) {
  return { code: 'CONFIG_INVALID', message: expect.stringMatching(new RegExp(`^DATA_DIR: .*${problem}.*\\.$`)) }
}

async function withoutRights<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work()
  process.seteuid?.(NOBODY)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}
