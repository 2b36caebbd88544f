import { KeepsakeError } from '@keepsake/shared/domain/errors'
import { deleteAsset } from '@keepsake/shared/operations/assets/delete-asset'
import { persistAsset } from '@keepsake/shared/operations/assets/persist-asset'
import { persistBatch } from '@keepsake/shared/operations/assets/persist-batch'
import { runUpkeep } from '@keepsake/shared/operations/upkeep/run-upkeep'
import { dropUpload } from '@keepsake/shared/operations/uploads/drop-upload'
import { uploadAsset } from '@keepsake/shared/operations/uploads/upload-asset'
import { file } from '../support/files.ts'
import { DAY, HOUR, MINUTE, openStore, type Store } from '../support/store.ts'
import { hangs, withMethod } from '../support/with-method.ts'

const NEVER = new AbortController().signal

let store: Store
beforeEach(async () => {
  store = await openStore()
})
afterEach(() => store.close())

async function uploads(count: number): Promise<string[]> {
  const assets = Array.from({ length: count }, () => uploadAsset(store.context, store.owner, file('hello')))
  return (await Promise.all(assets)).map(({ tempId = '' }) => tempId)
}

describe('persisting a batch', () => {
  test('answers in the order asked, an id named twice twice', async () => {
    const { context, owner } = store
    const [first = '', second = ''] = await uploads(2)

    const assets = await persistBatch(context, owner, [second, first, second])

    expect(assets.map(({ tempId }) => tempId)).toEqual([second, first, second])
    expect(assets.every(({ state }) => state === 'persisted')).toBe(true)
    await runUpkeep(context, NEVER)
    expect(await store.keys()).toHaveLength(2)
  })

  test('names every id that failed and persists none', async () => {
    const { context, owner } = store
    const [kept = '', dropped = ''] = await uploads(2)
    await dropUpload(context, owner, dropped)

    const attempt = persistBatch(context, owner, [kept, 'temp_unknown', dropped])

    await expect(attempt).rejects.toMatchObject({ code: 'ASSET_NOT_FOUND' })
    const ids = await attempt.catch((error) => error.details.tempAssetIds)
    expect([...ids].sort()).toEqual(['temp_unknown', dropped].sort())
    expect(await context.assets.findByTempId(kept)).toMatchObject({ state: 'temporary' })
    store.wait(DAY)
    await runUpkeep(context, NEVER)
    expect(await store.keys()).toEqual([])
  })

  test('takes members that are persisted already', async () => {
    const { context, owner } = store
    const [first = '', second = ''] = await uploads(2)
    const { key } = await persistAsset(context, owner, first)

    const assets = await persistBatch(context, owner, [first, second])

    expect(assets[0]?.key).toBe(key)
  })

  test('refuses late members, and expires them before it says so', async () => {
    const { context, owner } = store
    const [late = ''] = await uploads(1)
    store.wait(DAY - HOUR)
    const [fresh = ''] = await uploads(1)
    store.wait(HOUR)

    const ids = await persistBatch(context, owner, [fresh, late]).catch((error) => error.details.tempAssetIds)

    expect(ids).toEqual([late])
    expect(await context.assets.findByTempId(late)).toMatchObject({ state: 'expired' })
  })

  test('several batches and single persists of the same assets all succeed', async () => {
    const { context, owner } = store
    const [a = '', b = '', c = ''] = await uploads(3)

    await Promise.all([
      persistBatch(context, owner, [a, b]),
      persistBatch(context, owner, [b, c]),
      persistBatch(context, owner, [c, a]),
      persistAsset(context, owner, b),
    ])
    await runUpkeep(context, NEVER)

    expect(await store.keys()).toHaveLength(3)
  })

  test('against drops and deletes: all or none, and whoever was told so was right', async () => {
    for (let round = 0; round < 25; round += 1) {
      const { context, owner } = store
      const [a = '', b = ''] = await uploads(2)

      const [batch] = await Promise.allSettled([
        persistBatch(context, owner, [a, b]),
        round % 2 ? dropUpload(context, owner, b) : deleteAsset(context, owner, b),
      ])

      const states = await Promise.all([a, b].map(async (id) => (await context.assets.findByTempId(id))?.state))
      if (batch.status === 'fulfilled') expect(states[0]).toBe('persisted')
      else expect(states).toEqual(['temporary', 'deleted'])
    }
  })

  test('is finished by the worker when its request died after the decision, also past the deadline', async () => {
    const { context, owner } = store
    const [a = '', b = ''] = await uploads(2)
    persistBatch({ ...context, storage: withMethod(context.storage, 'copy', hangs) }, owner, [a, b]).catch(() => {})
    await untilState(a, 'persisting')

    store.wait(2 * DAY)
    await runUpkeep(context, NEVER)

    const assets = await Promise.all([a, b].map((id) => context.assets.findByTempId(id)))
    expect(assets.map((asset) => asset?.state)).toEqual(['persisted', 'persisted'])
  })

  test('is acknowledged when the answer to its decision was lost, a worker finished it, and a member was deleted then', async () => {
    const { context, owner } = store
    const [a = '', b = ''] = await uploads(2)
    const batches = withMethod(context.batches, 'replace', (real) => async (batch, from) => {
      const isCommit = batch.state === 'committed'
      const won = await real(batch, from)
      if (!isCommit) return won
      store.wait(2 * MINUTE)
      await runUpkeep(context, NEVER)
      await deleteAsset(context, owner, a)
      throw new KeepsakeError('OUTCOME_UNKNOWN', 'Lost on purpose.')
    })

    const assets = await persistBatch({ ...context, batches }, owner, [a, b])

    expect(assets.map(({ state }) => state)).toEqual(['deleted', 'persisted'])
  })

  test('never answers with fewer than were asked for: one that was forgotten meanwhile is named', async () => {
    const { context, owner } = store
    const [a = '', b = ''] = await uploads(2)
    const batches = withMethod(context.batches, 'replace', (real) => async (batch, from) => {
      const won = await real(batch, from)
      if (batch.state !== 'committed') return won
      store.wait(2 * MINUTE)
      await runUpkeep(context, NEVER)
      await deleteAsset(context, owner, a)
      store.wait(8 * DAY)
      for (let round = 0; round < 2; round += 1) await runUpkeep(context, NEVER)
      return won
    })

    const attempt = persistBatch({ ...context, batches }, owner, [b, a, b])

    await expect(attempt).rejects.toMatchObject({ code: 'ASSET_NOT_FOUND', details: { tempAssetIds: [a] } })
    expect(await context.assets.findByTempId(a)).toBeUndefined()
    expect(await context.assets.findByTempId(b)).toMatchObject({ state: 'persisted' })
  })

  test('leaves no record of itself after a week', async () => {
    const { context, owner } = store
    await persistBatch(context, owner, await uploads(2))

    store.wait(8 * DAY)
    await runUpkeep(context, NEVER)

    expect(await context.batches.findDue(new Date(8.64e15), 10)).toEqual([])
  })
})

async function untilState(tempId: string, state: string): Promise<void> {
  while ((await store.context.assets.findByTempId(tempId))?.state !== state) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}
