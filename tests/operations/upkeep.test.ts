import { unavailable } from '@keepsake/shared/domain/errors'
import { deleteAsset } from '@keepsake/shared/operations/assets/delete-asset'
import { persistAsset } from '@keepsake/shared/operations/assets/persist-asset'
import { PAGE, runUpkeep } from '@keepsake/shared/operations/upkeep/run-upkeep'
import { uploadAsset } from '@keepsake/shared/operations/uploads/upload-asset'
import { file } from '../support/files.ts'
import { recordingLog } from '../support/recording-log.ts'
import { DAY, HOUR, MINUTE, openStore, type Store } from '../support/store.ts'
import { hangs, withMethod } from '../support/with-method.ts'

const NEVER = new AbortController().signal

let store: Store
beforeEach(async () => {
  store = await openStore()
})
afterEach(() => store.close())

async function upload(): Promise<string> {
  const { tempId = '' } = await uploadAsset(store.context, store.owner, file('hello'))
  return tempId
}

describe('an upkeep round', () => {
  test('expires what is past its deadline in as many pages as it takes, and touches nothing else', async () => {
    const { context, owner } = store
    const kept = await persistAsset(context, owner, await upload())
    await Promise.all(Array.from({ length: PAGE * 2 + 1 }, upload))
    store.wait(HOUR)
    const fresh = await upload()
    store.wait(DAY - HOUR)

    const round = await runUpkeep(context, NEVER)

    expect(round).toMatchObject({ attended: PAGE * 2 + 2, failed: 0 })
    expect(await store.keys()).toEqual([`temp/${fresh}`, kept.key].sort())
  })

  test('is safe to run in several workers at once', async () => {
    const { context, owner } = store
    await Promise.all(Array.from({ length: 50 }, upload))
    const kept = await persistAsset(context, owner, await upload())
    store.wait(DAY)

    await Promise.all([1, 2, 3].map(() => runUpkeep(context, NEVER)))
    await runUpkeep(context, NEVER)

    expect(await store.keys()).toEqual([kept.key])
    expect(await context.heartbeat.read(context.now())).toMatchObject({ due: 0, garbage: 0 })
  })

  test('puts a failing record off, longer each time, and goes on with the others', async () => {
    const { context } = store
    const poisoned = await upload()
    await upload()
    await upload()
    store.wait(DAY)
    const storage = withMethod(context.storage, 'delete', (real) => async (keys) => {
      if (keys.includes(`temp/${poisoned}`)) throw unavailable('The storage fails on purpose.')
      return real(keys)
    })
    const failing = { ...context, storage }

    expect(await runUpkeep(failing, NEVER)).toMatchObject({ failed: 1 })
    expect(await store.keys()).toEqual([`temp/${poisoned}`])
    expect(await context.assets.findByTempId(poisoned)).toMatchObject({
      failures: 1,
      dueAt: new Date(context.now().getTime() + MINUTE),
    })
    expect(await runUpkeep(failing, NEVER)).toMatchObject({ attended: 0, failed: 0 })
    store.wait(MINUTE)
    await runUpkeep(failing, NEVER)
    expect(await context.assets.findByTempId(poisoned)).toMatchObject({
      failures: 2,
      dueAt: new Date(context.now().getTime() + 2 * MINUTE),
    })

    store.wait(2 * MINUTE)
    await runUpkeep(context, NEVER)
    expect(await store.keys()).toEqual([])
  })

  test('puts a record off once, however many workers fail on it at the same time', async () => {
    const { context } = store
    const tempId = await upload()
    store.wait(DAY)
    const workers = [1, 2, 3]
    let met = 0
    const storage = withMethod(context.storage, 'delete', () => async () => {
      met += 1
      while (met < workers.length) await new Promise(setImmediate)
      throw unavailable('The storage fails on purpose.')
    })

    const rounds = await Promise.all(workers.map(() => runUpkeep({ ...context, storage }, NEVER)))

    expect(rounds.map(({ failed }) => failed)).toEqual([1, 1, 1])
    expect(await context.assets.findByTempId(tempId)).toMatchObject({
      failures: 1,
      dueAt: new Date(context.now().getTime() + MINUTE),
    })
  })

  test('finishes a persist whose request died, but leaves it alone during its lease', async () => {
    const { context, owner } = store
    const tempId = await upload()
    persistAsset({ ...context, storage: withMethod(context.storage, 'copy', hangs) }, owner, tempId).catch(() => {})
    while ((await context.assets.findByTempId(tempId))?.state !== 'persisting') await new Promise(setImmediate)

    await runUpkeep(context, NEVER)
    expect(await context.assets.findByTempId(tempId)).toMatchObject({ state: 'persisting' })

    store.wait(2 * MINUTE)
    await runUpkeep(context, NEVER)
    const asset = await context.assets.findByTempId(tempId)
    expect(asset).toMatchObject({ state: 'persisted', createdAt: new Date(context.now().getTime() - 2 * MINUTE) })
    expect(await store.keys()).toEqual([asset?.key])
  })

  test('commits what is whole under its permanent key when the temporary bytes are gone', async () => {
    const { context, owner } = store
    const tempId = await upload()
    persistAsset({ ...context, storage: withMethod(context.storage, 'copy', hangs) }, owner, tempId).catch(() => {})
    while ((await context.assets.findByTempId(tempId))?.state !== 'persisting') await new Promise(setImmediate)
    const { key = '' } = (await context.assets.findByTempId(tempId)) ?? {}
    await context.storage.copy(`temp/${tempId}`, key)
    await context.storage.delete([`temp/${tempId}`])

    store.wait(2 * DAY)
    await runUpkeep(context, NEVER)

    expect(await context.assets.findByTempId(tempId)).toMatchObject({ state: 'persisted', key })
  })

  const fast = () => new Date(store.context.now().getTime() + 2 * DAY)
  test.each([
    ['its own clock', () => ({ ...store.context, now: fast })],
    [
      "the database's",
      () => ({ ...store.context, assets: withMethod(store.context.assets, 'now', () => async () => fast()) }),
    ],
  ])('never expires anything because %s is fast, and says so', async (_, withFastClock) => {
    const tempId = await upload()
    const { log, lines } = recordingLog()

    await runUpkeep({ ...withFastClock(), log }, NEVER)

    expect(await store.context.assets.findByTempId(tempId)).toMatchObject({ state: 'temporary' })
    expect(lines.map(({ event }) => event)).toContain('upkeep.clocks_apart')
  })

  test('leaves a heartbeat, and says what still waits', async () => {
    const { context, owner } = store
    const { id } = await persistAsset(context, owner, await upload())
    await runUpkeep(context, NEVER)
    await deleteAsset(context, owner, id)

    expect(await context.heartbeat.read(context.now())).toEqual({
      lastRunAt: context.now(),
      due: 1,
      late: 0,
      garbage: 1,
    })
  })

  test('ends early and without a heartbeat when it is told to stop', async () => {
    await upload()
    store.wait(DAY)

    await runUpkeep(store.context, AbortSignal.abort())

    expect(await store.keys()).toHaveLength(1)
    expect((await store.context.heartbeat.read(store.context.now())).lastRunAt).toBeUndefined()
  })
})
