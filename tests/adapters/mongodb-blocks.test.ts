import { MongoAssets } from '@keepsake/shared/adapters/mongodb/mongo-assets'
import type { Asset } from '@keepsake/shared/domain/asset'
import { changed, listedRecord, PROJECT, record } from '../contracts/records.ts'
import { Random } from '../simulation/random.ts'
import { MongoTestDatabase } from '../support/mongo-database.ts'
import { describeWithMongo, mongodbUri, plainMongo } from '../support/services.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const FIRST_PAGE = { filters: [], page: 1, pageSize: 100 }

interface Block {
  readonly _id: string
  readonly live?: number
  readonly countedAt?: Date
  readonly pending?: number
  readonly pendingAt?: Date
}

describeWithMongo('the counts of blocks in MongoDB', () => {
  const file = new MongoTestDatabase()
  let outside: Awaited<ReturnType<typeof plainMongo>>
  /** The steady clock of every process of a test. */
  let time: number
  let assets: MongoAssets

  beforeAll(async () => {
    outside = await plainMongo(file.name)
  })

  beforeEach(async () => {
    time = 0
    assets = await process()
  })

  afterEach(() => file.empty())

  afterAll(async () => {
    await outside.close()
    await file.remove()
  })

  const process = async (uri?: string) => new MongoAssets(await file.connect(uri), () => time)
  const blocks = () => outside.db().collection<Block>('blocks')
  const blockOf = (block: number) => blocks().findOne({ _id: `${PROJECT}/${block}` })
  const total = async (view = assets) => (await view.list(PROJECT, FIRST_PAGE)).total
  const entry = (number: number) => listedRecord(number, { folder: '', name: `${number}` })

  /** All numbers of the first two blocks are given away, and this is known for long. */
  async function fill(view = assets): Promise<void> {
    const counters = outside.db().collection<{ _id: string }>('counters')
    await counters.updateOne({ _id: PROJECT }, { $max: { number: 2047 } }, { upsert: true })
    await total(view)
    time += 2 * MINUTE
    await total(view)
  }

  function die(asset: Asset): Asset {
    return changed(asset, { state: 'deleted', place: undefined })
  }

  test('are stored for a block that has been full for a minute, and not before', async () => {
    for (const number of [1, 2, 3]) await assets.insert(entry(number))
    await blocks().deleteMany()
    const counters = outside.db().collection<{ _id: string }>('counters')
    await counters.updateOne({ _id: PROJECT }, { $max: { number: 2046 } }, { upsert: true })

    await total()
    time += MINUTE - 1
    await total()
    expect(await blocks().countDocuments()).toBe(0)
    time += 1
    await total()

    expect(await blockOf(0)).toMatchObject({ live: 3 })
    // Its last number is free.
    expect(await blockOf(1)).toBeNull()
  })

  test('are believed for an hour, and then made again', async () => {
    for (const number of [1, 2, 3]) await assets.insert(entry(number))
    await fill()
    await outside.db().collection('assets').deleteOne({ number: 2 })

    expect(await total()).toBe(3)
    await blocks().updateMany({}, { $set: { countedAt: new Date(Date.now() - HOUR) } })
    expect(await total()).toBe(2)
    expect(await blockOf(0)).toMatchObject({ live: 2 })
  })

  test('follow every delete at once, for every process', async () => {
    const [first, second] = [entry(1), entry(1024)]
    await assets.insert(first)
    await assets.insert(second)
    const other = await process()
    await fill()

    await other.replace(die(first))

    expect(await total()).toBe(1)
    expect(await total(other)).toBe(1)
    await assets.replace(die(second))
    expect(await total(other)).toBe(0)
    expect(await blockOf(0)).toMatchObject({ pending: 0 })
  })

  test('cost an ordinary persist nothing', async () => {
    const asset = record({ state: 'persisting' })
    await assets.insert(asset)

    const number = await assets.takeNumber(PROJECT)
    time += 9 * SECOND
    await assets.replace(changed(asset, { state: 'persisted', number, place: `${PROJECT}/x` }))

    expect(await total()).toBe(1)
    expect(await blocks().countDocuments()).toBe(0)
  })

  test.each(['persist', 'hotlink'])('see a late %s in a block that was counted before', async (kind) => {
    const asset = record({ state: 'persisting' })
    if (kind === 'persist') await assets.insert(asset)
    const number = await assets.takeNumber(PROJECT)
    await fill()
    expect(await blockOf(0)).toMatchObject({ live: 0 })

    const late = { state: 'persisted', number, place: `${PROJECT}/x` } as const
    if (kind === 'persist') expect(await assets.replace(changed(asset, late))).toBe(true)
    else await assets.insert({ ...asset, ...late, url: 'https://example.com/x' })

    expect(await total()).toBe(1)
    expect(await total(await process())).toBe(1)
  })

  test('see a persist that won only at its second attempt, late', async () => {
    const asset = record({ state: 'persisting' })
    await assets.insert(asset)
    const number = await assets.takeNumber(PROJECT)
    const commit = (of: Asset) => changed(of, { state: 'persisted', number, place: `${PROJECT}/x` })
    const rival = changed(asset, { failures: 1 })
    await assets.replace(rival)

    expect(await assets.replace(commit(asset))).toBe(false)
    await fill()
    expect(await assets.replace(commit(rival))).toBe(true)

    expect(await total()).toBe(1)
  })

  test('are not stored when an asset was deleted after it was counted', async () => {
    const asset = entry(1)
    await assets.insert(asset)
    const connection = await file.connect()
    const reader = new MongoAssets(connection, () => time)
    await fill(reader)
    await blocks().deleteMany()
    const store = connection.blocks.bulkWrite.bind(connection.blocks)
    Object.assign(connection.blocks, {
      bulkWrite: async (...values: Parameters<typeof store>) => {
        await assets.replace(die(asset))
        return store(...values)
      },
    })

    await total(reader)

    expect(await total()).toBe(0)
  })

  test('stay open while nobody knows what became of a delete', async () => {
    const asset = entry(1)
    await assets.insert(asset)
    await fill()
    const uri = new URL(mongodbUri(file.name))
    const proxy = await TcpProxy.start({ host: uri.hostname, port: Number(uri.port) })
    uri.port = String(proxy.port)
    const unlucky = await process(uri.href)

    proxy.behave('loseAnswers', '$unset')
    await expect(unlucky.replace(die(asset))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    proxy.behave('loseAnswers', 'sha256')
    const other = entry(2)
    await expect(unlucky.insert({ ...other, content: CONTENT })).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    await proxy.close()

    // The first announcement was heard though its answer was not; the second was of the insert.
    expect(await blockOf(0)).toMatchObject({ pending: 2 })
    time += HOUR
    await total()
    expect((await blockOf(0))?.live).toBeUndefined()
    await blocks().updateOne({ _id: `${PROJECT}/0` }, { $set: { pendingAt: new Date(Date.now() - HOUR) } })
    await total()
    expect(await total()).toBe(2)
    expect(await blockOf(0)).toMatchObject({ pending: 0, live: 2 })
  })

  test('are right after any number of processes have listed, deleted and persisted late at the same time', async () => {
    const random = new Random(7)
    const processes = [assets, await process(), await process()]
    const waiting = Array.from({ length: 30 }, () => record({ state: 'persisting' }))
    for (const asset of waiting) await assets.insert(asset)
    const numbers = await Promise.all(waiting.map((_, index) => processes[index % 3]?.takeNumber(PROJECT)))
    for (const view of processes) await fill(view)

    const lives = waiting.map(async (asset, index) => {
      const view = processes[index % 3] ?? assets
      const listed = changed(asset, { state: 'persisted', number: numbers[index] ?? 0, place: `${PROJECT}/${index}` })
      await view.replace(listed)
      if (random.below(2) === 0) await view.replace(die(listed))
    })
    const readers = processes.map(async (view) => {
      for (let round = 0; round < 20; round += 1) await total(view)
    })
    await Promise.all([...lives, ...readers])

    const left = await outside.db().collection('assets').countDocuments({ state: 'persisted' })
    for (const view of [...processes, ...processes]) expect(await total(view)).toBe(left)
  })
})

const CONTENT = { size: 1, sha256: '0'.repeat(64), type: 'text/plain', utf8: true, storedAt: new Date(0) }
