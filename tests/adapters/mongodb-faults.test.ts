import { MongoAssets } from '@keepsake/shared/adapters/mongodb/mongo-assets'
import type { MongoDatabase } from '@keepsake/shared/adapters/mongodb/mongo-database'
import { expire } from '@keepsake/shared/domain/transitions'
import { changeAsset } from '@keepsake/shared/operations/change-asset'
import { insertAsset } from '@keepsake/shared/operations/insert-asset'
import { changed, NOW, record } from '../contracts/records.ts'
import { MongoTestDatabase } from '../support/mongo-database.ts'
import { describeWithMongo, mongodbUri } from '../support/services.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

/** Every operation answers within this: a read whose connection falls silent is tried once more. */
const BOUND = 10_000

describeWithMongo('MongoDB behind a line that fails', () => {
  const file = new MongoTestDatabase()
  let proxy: TcpProxy
  let database: MongoDatabase
  let assets: MongoAssets
  /** What is stored, read over a line of its own. */
  let witness: MongoAssets

  beforeEach(async () => {
    const uri = new URL(mongodbUri(file.name))
    proxy = await TcpProxy.start({ host: uri.hostname, port: Number(uri.port) })
    witness = new MongoAssets(await file.connect())
    uri.port = String(proxy.port)
    database = await file.connect(uri.href)
    assets = new MongoAssets(database)
  })

  afterEach(async () => {
    await proxy.close()
    await file.empty()
  })

  afterAll(() => file.remove())

  test.each(['refuse', 'stall', 'loseAnswers'] as const)(
    'every operation ends in time while it is told to %s, and works again afterwards',
    async (behaviour) => {
      const asset = record({ tempId: 'temp_1' })
      await assets.insert(asset)
      const operations = [
        () => assets.insert(record()),
        () => assets.replace(changed(asset, { name: 'other' })),
        () => assets.find(asset.id),
        () => assets.findDue(NOW, 10),
        () => assets.list(asset.projectId, { filters: [], page: 1, pageSize: 10 }),
        () => assets.takeNumber(asset.projectId),
        () => assets.forget(asset),
        () => assets.check(),
        () => assets.now(),
      ]

      proxy.behave(behaviour)
      const began = performance.now()
      const outcomes = await Promise.allSettled(operations.map((run) => run()))
      const took = performance.now() - began

      const codes = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'none'))
      for (const code of codes) expect(['UNAVAILABLE', 'OUTCOME_UNKNOWN']).toContain(code)
      // What reads cannot be in doubt, and what was refused was not done.
      expect(codes.slice(2, 5)).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE'])
      expect(took).toBeLessThan(BOUND)
      if (behaviour === 'refuse') {
        await expect(assets.insert(record())).rejects.toMatchObject({ code: 'UNAVAILABLE' })
        await expect(assets.replace(changed(asset, {}))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      }

      proxy.behave('pass')
      await expect(untilWorks(() => assets.find(record().id))).resolves.toBeUndefined()
    },
    30_000,
  )

  test('a lost answer to an insert or a change leaves it to the caller to find out', async () => {
    const [asset, other] = [record(), record()]
    await assets.insert(asset)

    proxy.behave('loseAnswers')
    await expect(assets.insert(other)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    proxy.behave('pass')
    await untilWorks(() => assets.check())
    proxy.behave('loseAnswers')
    await expect(assets.replace(changed(asset, { name: 'changed' }))).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })

    expect(await witness.find(other.id)).toEqual(other)
    expect((await witness.find(asset.id))?.name).toBe('changed')
  })

  test('a lost answer to a forget leaves it to the next round to find nothing', async () => {
    const asset = record()
    await assets.insert(asset)

    proxy.behave('loseAnswers')
    await expect(assets.forget(asset)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    proxy.behave('pass')
    await untilWorks(() => assets.check())

    expect(await witness.find(asset.id)).toBeUndefined()
    expect(await assets.forget(asset)).toBe(false)
  })

  test('an insert whose answer is lost is inserted once, and the caller is told that it was', async () => {
    const asset = record()

    await insertAsset({ assets: losingFirst(assets, 'insert', () => proxy) }, asset)

    expect(await witness.find(asset.id)).toEqual(asset)
  })

  test('a change whose answer is lost is made once, and the caller gets the record as it is', async () => {
    const asset = record({ tempId: 'temp_1', deadline: NOW })
    await assets.insert(asset)
    const settings = { purgeDelay: 0 } as Parameters<typeof expire>[2]

    const context = { assets: losingFirst(assets, 'replace', () => proxy), now: () => NOW }
    const expired = await changeAsset(context, asset, (fresh, now) =>
      fresh.state === 'expired' ? fresh : expire(fresh, now, settings),
    )

    expect(expired).toMatchObject({ state: 'expired', version: asset.version + 1 })
    expect(await witness.find(asset.id)).toEqual(expired)
  })
})

/** `assets`, but the answer to the first call of `method` is lost. */
function losingFirst(assets: MongoAssets, method: 'insert' | 'replace', proxy: () => TcpProxy): MongoAssets {
  let isFirst = true
  return new Proxy(assets, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name !== method || !isFirst) return value.bind(target)
      isFirst = false
      return async (...values: unknown[]) => {
        proxy().behave('loseAnswers')
        try {
          return await value.apply(target, values)
        } finally {
          proxy().behave('pass')
          await untilWorks(() => target.check())
        }
      }
    },
  })
}

/** The driver needs a moment to see that the server is back. */
async function untilWorks<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 15_000
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}
