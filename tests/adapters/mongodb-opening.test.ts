import { MongoAssets } from '@keepsake/shared/adapters/mongodb/mongo-assets'
import { MongoFolders } from '@keepsake/shared/adapters/mongodb/mongo-folders'
import { openMongoInspection } from '@keepsake/shared/adapters/mongodb/mongo-inspection'
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
        message: expect.stringContaining('must name it, like mongodb://'),
      })
    }
    const uri = `${mongodbUri(file.name)}&authMechanism=NONE`
    await expect(openMongo({ uri })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  const changed = (change: (uri: URL) => void) => {
    const uri = new URL(mongodbUri(file.name))
    change(uri)
    return uri.href
  }

  test.each([
    [
      'that the credentials were refused',
      () => changed((uri) => Object.assign(uri, { password: 'wrong-password' })),
      /^The database at \S+ refused the credentials/,
    ],
    [
      'that there were none',
      () => changed((uri) => Object.assign(uri, { username: '', password: '', search: '' })),
      /^The database at \S+ denies the access; its address must name a user/,
    ],
    [
      'that the server lacks a mechanism',
      () => changed((uri) => uri.searchParams.set('authMechanism', 'PLAIN')),
      /^The database at \S+ (cannot be used \(\w+\); look at its address|refused the credentials)/,
    ],
    [
      'that the server refuses the name',
      () => changed((uri) => Object.assign(uri, { pathname: '/wrong$password' })),
      /^The database at \S+ cannot be used \(\w+\); look at its address/,
    ],
    [
      'that a port is none',
      () => mongodbUri(file.name).replace(/:\d+\//, ':99999/'),
      /^The database at \S+ has an address that the driver does not understand\.$/,
    ],
    [
      'that a certificate is not there',
      () => `${mongodbUri(file.name)}&tls=true&tlsCAFile=/wrong-password`,
      /^The database at \S+ has an address with a file that cannot be read \(ENOENT\)\.$/,
    ],
  ])('says in a sentence %s, and nothing of them', async (_, address, sentence) => {
    const uri = address()
    const error = await openMongo({ uri }).catch((reason: unknown) => reason)

    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(sentence) })
    expect(String(error)).toContain(`The database at ${uri.replace(/^.*(@|:\/\/)|\/[^/]*\?.*$|\/[^/?]*$/g, '')} `)
    expect(String(error)).not.toContain(new URL(mongodbUri('x')).password)
    expect(String(error)).not.toMatch(/wrong.password/)
  })

  test('says the same of a database that is only looked at', async () => {
    const uri = changed((uri) => Object.assign(uri, { username: '', password: '', search: '' }))

    await expect(openMongoInspection({ uri })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/^The database at \S+ denies the access; its address must name a user/),
    })
  })

  test.each([
    ['a name that the DNS does not know', 'mongodb+srv://user:pass-word@typo.example.invalid/db'],
    ['a port where nobody listens', 'mongodb://user:pass-word@127.0.0.1:1/db'],
  ])('says in a sentence that %s is out of reach', async (_, uri) => {
    const error = await openMongo({ uri }).catch((reason: unknown) => reason)

    const host = /@(.*)\//.exec(uri)?.[1]
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(new RegExp(`^The database at ${host} is out of reach \\(E[A-Z_]+\\)\\.$`)),
    })
  })

  test('refuses a database that took duplicates while its indexes were missing, and leaves it as it is', async () => {
    const assets = outside.db().collection<{ _id: string; place: string }>('assets')
    await assets.insertMany(['a', 'b'].map((_id) => ({ _id, place: 'the same' })))

    await expect(file.connect()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/^The database has two documents where only one may be: .* from a backup\.$/),
    })

    expect(await assets.countDocuments()).toBe(2)
    expect(await states().countDocuments()).toBe(0)
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
