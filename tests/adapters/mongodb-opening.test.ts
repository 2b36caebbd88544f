import { MongoAssets } from '@keepsake/shared/adapters/mongodb/mongo-assets'
import { MongoFolders } from '@keepsake/shared/adapters/mongodb/mongo-folders'
import { MongoProjects } from '@keepsake/shared/adapters/mongodb/mongo-projects'
import { openMongo } from '@keepsake/shared/adapters/mongodb/open-database'
import { listedRecord, NOW, PROJECT } from '../contracts/records.ts'
import { MongoTestDatabase } from '../support/mongo-database.ts'
import { describeWithMongo, mongodbUri, plainMongo } from '../support/services.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const project = { id: PROJECT, ownerId: 'b'.repeat(24), name: 'Test', createdAt: NOW, updatedAt: NOW }

describeWithMongo('opening MongoDB', () => {
  const file = new MongoTestDatabase()
  let outside: Awaited<ReturnType<typeof plainMongo>>

  beforeEach(async () => {
    outside = await plainMongo(file.name)
  })

  afterEach(async () => {
    await outside.close()
    await file.remove()
  })

  const states = () => outside.db().collection<{ _id: string; version: number }>('state')

  async function indexesOf(collection: string) {
    const indexes = await outside.db().collection(collection).indexes()
    return indexes.map(({ name, unique }) => (unique ? `${name}, unique` : name)).sort()
  }

  test('makes its indexes once, however many processes start together on an empty database', async () => {
    const opened = await Promise.all(Array.from({ length: 5 }, () => file.connect()))

    expect(opened).toHaveLength(5)
    expect(await states().findOne({ _id: 'schema' })).toEqual({ _id: 'schema', version: 1 })
    expect(await indexesOf('assets')).toEqual(
      [
        ...['_id_', 'assets_by_age', 'assets_by_folder', 'assets_due', 'assets_listed', 'assets_with_garbage'],
        ...['assets_by_claimed_key, unique', 'assets_by_key, unique', 'assets_by_number, unique'],
        ...['assets_by_place, unique', 'assets_by_temp_id, unique'],
      ].sort(),
    )
    expect(await indexesOf('access_keys')).toContain('access_keys_by_hash, unique')
  })

  test('goes on where a start was cut off, and changes nothing afterwards', async () => {
    await (await file.connect()).close()
    await outside.db().collection('assets').dropIndex('assets_by_place')
    await states().deleteOne({ _id: 'schema' })

    await file.connect()
    await outside.db().collection('assets').dropIndex('assets_by_age')
    await file.connect()

    expect(await indexesOf('assets')).toContain('assets_by_place, unique')
    expect(await indexesOf('assets')).not.toContain('assets_by_age')
  })

  test('refuses a database that a newer release has written, and leaves it as it is', async () => {
    await states().insertOne({ _id: 'schema', version: 99 })

    await expect(file.connect()).rejects.toMatchObject({ code: 'SCHEMA_NEWER' })

    expect((await outside.db().collections()).map(({ collectionName }) => collectionName)).toEqual(['state'])
    expect(await states().findOne({ _id: 'schema' })).toEqual({ _id: 'schema', version: 99 })
  })

  test('refuses an address without a database, and one that is none', async () => {
    for (const path of ['', '/']) {
      const uri = mongodbUri(file.name).replace(`/${file.name}`, path)
      await expect(openMongo({ uri })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('MONGODB_URI must name the database'),
      })
    }
    const uri = `${mongodbUri(file.name)}&authMechanism=NONE`
    await expect(openMongo({ uri })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  test('says in a sentence that the credentials were refused, without them', async () => {
    const uri = new URL(mongodbUri(file.name))
    uri.password = 'wrong-password'

    const error = await openMongo({ uri: uri.href }).catch((reason: unknown) => reason)

    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    expect(String(error)).not.toContain(uri.username)
    expect(String(error)).not.toContain('wrong-password')
  })

  test.each(['stall', 'refuse'] as const)('gives up in time on a line that is told to %s', async (behaviour) => {
    const uri = new URL(mongodbUri(file.name))
    const proxy = await TcpProxy.start({ host: uri.hostname, port: Number(uri.port) })
    proxy.behave(behaviour)
    uri.port = String(proxy.port)

    const began = performance.now()
    const error = await openMongo({ uri: uri.href }).catch((reason: unknown) => reason)
    const took = performance.now() - began
    await proxy.close()

    expect(error).toMatchObject({ code: 'UNAVAILABLE' })
    expect(String(error)).not.toContain(uri.password)
    expect(took).toBeLessThan(9_000)
  })

  test('asks for a majority and the journal whatever the address says', async () => {
    const weak = 'w=0&journal=false&readConcernLevel=local&readPreference=secondaryPreferred&retryWrites=true'

    const database = await file.connect(`${mongodbUri(file.name)}&${weak}`)

    expect(database.connection.getClient().options).toMatchObject({
      writeConcern: { w: 'majority', journal: true },
      readConcern: { level: 'majority' },
      readPreference: { mode: 'primary' },
      retryWrites: false,
    })
  })

  test('raises counters to what is stored, so that a restored one gives no number again', async () => {
    const database = await file.connect()
    await new MongoProjects(database).ensureFirst(project)
    const folders = new MongoFolders(database)
    await folders.ensure(PROJECT, ['a', 'b', 'c'], NOW)
    await new MongoAssets(database).insert(listedRecord(12, { folder: 'a', name: 'x' }))
    await outside
      .db()
      .collection<{ _id: string }>('counters')
      .updateOne({ _id: PROJECT }, { $set: { number: 3, folder: 1 } }, { upsert: true })

    const restarted = await file.connect()

    expect(await new MongoAssets(restarted).takeNumber(PROJECT)).toBe(13)
    await new MongoFolders(restarted).ensure(PROJECT, ['d'], NOW)
    expect(await folders.findByPath(PROJECT, 'd')).toMatchObject({ id: 4 })
  })
})
