import { MongoAssets } from '@keepsake/shared/adapters/mongodb/mongo-assets'
import { MongoBatches } from '@keepsake/shared/adapters/mongodb/mongo-batches'
import type { MongoDatabase } from '@keepsake/shared/adapters/mongodb/mongo-database'
import { MongoFolders } from '@keepsake/shared/adapters/mongodb/mongo-folders'
import { MongoHeartbeat } from '@keepsake/shared/adapters/mongodb/mongo-heartbeat'
import { MongoInstallation } from '@keepsake/shared/adapters/mongodb/mongo-installation'
import { changed, later, listedRecord, NOW, PROJECT, record, wholeRecord } from '../contracts/records.ts'
import { MongoTestDatabase } from '../support/mongo-database.ts'
import { describeWithMongo, plainMongo } from '../support/services.ts'

/** So many that no planner reads them all where an index leads to a few. */
const MANY = 5_000

interface Command {
  readonly collection: string
  readonly method: string
  readonly filter: Readonly<Record<string, unknown>>
}

describeWithMongo('records in MongoDB', () => {
  const file = new MongoTestDatabase()
  let outside: Awaited<ReturnType<typeof plainMongo>>
  let database: MongoDatabase
  let assets: MongoAssets

  beforeAll(async () => {
    outside = await plainMongo(file.name)
  })

  beforeEach(async () => {
    database = await file.connect()
    assets = new MongoAssets(database)
  })

  afterEach(() => file.empty())

  afterAll(async () => {
    await outside.close()
    await file.remove()
  })

  const stored = () => outside.db().collection<{ _id: string }>('assets')

  /** What the adapter sends while `work` is done. */
  async function commandsOf(work: () => Promise<unknown>): Promise<Command[]> {
    const commands: Command[] = []
    database.connection.set('debug', (collection: string, method: string, filter: Command['filter']) => {
      commands.push({ collection, method, filter })
    })
    await work()
    database.connection.set('debug', false)
    return commands
  }

  test('hold nothing that is absent or empty', async () => {
    const asset = record()
    await assets.insert({
      ...asset,
      key: 'k',
      keys: ['k'],
      number: 1,
      marks: ['m'],
      garbage: [{ key: 'g', after: NOW }],
    })
    await assets.replace(changed(asset, {}))

    const document = await stored().findOne({ _id: asset.id })

    const flags = ['async', 'defer', 'image', 'script', 'style', 'text', 'video']
    expect(Object.keys(document ?? {}).sort()).toEqual(
      [
        ...['_id', 'version', 'projectId', 'userId', 'state', 'failures', 'name', 'createdAt', 'updatedAt'],
        ...flags,
      ].sort(),
    )
  })

  test('keep members of a neighbouring release when they are replaced', async () => {
    const asset = record()
    await assets.insert(asset)
    await stored().updateOne({ _id: asset.id }, { $set: { altText: 'A cat.' } })

    expect(await assets.find(asset.id)).toEqual(asset)
    expect(await assets.replace(changed(asset, { name: 'other', number: 3 }))).toBe(true)

    expect(await stored().findOne({ _id: asset.id })).toMatchObject({ altText: 'A cat.', name: 'other', number: 3 })
  })

  test('are refused when they do not look like records', async () => {
    const asset = record()
    await assets.insert(asset)
    const wrong = [{ state: 'lost' }, { createdAt: new Date(Number.NaN) }, { userId: undefined }, { flavour: 'sweet' }]

    for (const members of wrong) {
      await expect(assets.insert({ ...record(), ...members } as never)).rejects.toThrow()
      const next = { ...changed(asset, {}), ...members }
      await expect(assets.replace(next as never)).rejects.toThrow()
    }

    expect(await stored().countDocuments()).toBe(1)
    expect(await assets.find(asset.id)).toEqual(asset)
  })

  test('may be inserted again after others have changed them, and then stay as they are', async () => {
    const asset = record()
    await assets.insert(asset)
    const next = changed(asset, { name: 'other' })
    await assets.replace(next)

    await assets.insert(asset)

    expect(await assets.find(asset.id)).toEqual(next)
    await expect(assets.insert({ ...next, userId: 'c'.repeat(24) })).rejects.toThrow(/duplicate key/i)
  })

  test('say which claim failed, also to a replace', async () => {
    const holder = { ...wholeRecord(), number: 5 }
    await assets.insert(holder)
    const asset = record()
    await assets.insert(asset)
    const claims = [
      [{ key: holder.key }, 'KEY_TAKEN'],
      [{ keys: ['new', holder.keys[0] ?? ''] }, 'KEY_TAKEN'],
      [{ place: holder.place }, 'NAME_TAKEN'],
      // Neither can happen but by a bug, and both must not be stored.
      [{ tempId: holder.tempId }, 11000],
      [{ number: holder.number }, 11000],
    ] as const

    for (const [members, code] of claims) {
      await expect(assets.insert({ ...record(), ...members })).rejects.toMatchObject({ code })
      await expect(assets.replace(changed(asset, members))).rejects.toMatchObject({ code })
    }

    expect(await assets.find(asset.id)).toEqual(asset)
  })

  test('are not ready once the database was dropped, whatever a worker has written to it since', async () => {
    await expect(assets.check()).resolves.toBeUndefined()

    await outside.db().dropDatabase()
    await new MongoHeartbeat(database).beat(NOW)
    await expect(assets.check()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('dropped'),
    })

    await file.connect()
    await expect(assets.check()).resolves.toBeUndefined()
  })

  test('of an installation that the release before has made are in service', async () => {
    const installation = new MongoInstallation(database)
    const states = outside.db().collection<{ _id: string; installationId: string }>('state')
    await states.insertOne({ _id: 'installation', installationId: 'first' })

    expect(await installation.identify('second')).toEqual({ id: 'first', marked: false, use: 'service' })
    expect(await installation.changeUse('none', 'transfer')).toBe(false)
  })

  test('get numbers that several processes never share, also the first ones of a project, by a few commands', async () => {
    const processes = [assets, new MongoAssets(await file.connect()), new MongoAssets(await file.connect())]
    for (const view of processes) await view.takeNumber('other')

    for (let round = 0; round < 10; round += 1) {
      let numbers: number[] = []
      const takes = Array.from({ length: 60 }, (_, index) => processes[index % 3] ?? assets)
      const commands = await commandsOf(async () => {
        numbers = await Promise.all(takes.map((view) => view.takeNumber(`project-${round}`)))
      })

      expect(numbers.sort((one, other) => one - other)).toEqual(takes.map((_, index) => index + 1))
      expect(commands.filter(({ method }) => method === 'findOneAndUpdate').length).toBeLessThanOrEqual(3)
    }
  })

  test('get a number each, in the order in which they asked, by project', async () => {
    const first = assets.takeNumber(PROJECT)
    const second = assets.takeNumber(PROJECT)
    const other = assets.takeNumber('other')

    expect(await Promise.all([first, second, other])).toEqual([1, 2, 1])
    expect(await assets.takeNumber(PROJECT)).toBe(3)
  })

  test('are listed once when they are claimed between two questions, where they stand by then', async () => {
    const [one, other] = [record({ state: 'temporary' }), record({ state: 'temporary', createdAt: later(1) })]
    for (const asset of [one, other]) await assets.insert(asset)
    const claimed = changed(one, { state: 'persisting', createdAt: later(2) })
    const slow = await file.connect()
    const read = slow.read.bind(slow)
    slow.read = async (work) => {
      const answer = await read(work)
      await assets.replace(claimed)
      return answer
    }

    const listed = await new MongoAssets(slow).listNewest(PROJECT, { state: 'temporary', now: NOW, limit: 10 })

    expect(listed).toStrictEqual([claimed, other])
  })

  test('are found by an index, however many there are', async () => {
    await insertMany(MANY)
    const folders = new MongoFolders(database)
    const batches = new MongoBatches(database)
    const after = { createdAt: later(10_000), id: 'f' }
    const work = async () => {
      await assets.find('1')
      await assets.findByTempId('temp_1')
      await assets.findByKey('uploads/1')
      await assets.findByNumber(PROJECT, 1)
      await assets.holdsAny(PROJECT, 'folder-1')
      await assets.findDue(later(0), 10)
      await assets.findDue(later(1_000), 10, { id: '1', dueAt: later(1) })
      await assets.listNewest(PROJECT, { state: 'temporary', now: NOW, limit: 10 })
      await assets.listNewest(PROJECT, { state: 'temporary', now: NOW, limit: 10, after })
      await assets.list(PROJECT, { filters: [], page: 3, pageSize: 10 })
      await folders.findByPath(PROJECT, 'folder-1')
      await folders.find(PROJECT, 1)
      await folders.findMissing(10)
      await batches.findDue(NOW, 10)
      await new MongoHeartbeat(database).read(NOW)
    }

    const finds = (await commandsOf(work)).filter(({ method }) => method === 'find' || method === 'findOne')

    expect(finds.length).toBeGreaterThan(15)
    for (const { filter } of finds.filter(({ collection }) => collection === 'assets')) {
      const plan = JSON.stringify(await stored().find(filter).limit(1).explain('queryPlanner'))
      expect([filter, /COLLSCAN|Seq Scan/.exec(plan)]).toEqual([filter, null])
    }
  }, 60_000)

  async function insertMany(count: number): Promise<void> {
    const records = Array.from({ length: count }, (_, index) => ({
      ...listedRecord(index, { folder: `folder-${index % 50}`, name: `${index}` }),
      ...{ tempId: `temp_${index}`, key: `uploads/${index}`, keys: [`uploads/${index}`] },
    }))
    const first = records[0]
    if (first) await assets.insert(first)
    const template = await stored().findOne({ number: 0 })
    const documents = records.slice(1).map(({ id, number = 0, place = '', name, tempId, key, keys }) => ({
      ...{ ...template, _id: id, number, place, entryName: name, name, tempId, key, keys },
      ...{ folder: `folder-${number % 50}`, createdAt: later(number), dueAt: later(number + 1) },
    }))
    await stored().insertMany(documents, { ordered: false })
  }
})
