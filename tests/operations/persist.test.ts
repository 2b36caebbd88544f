import { deleteAsset } from '@keepsake/shared/operations/assets/delete-asset'
import { deliverAsset } from '@keepsake/shared/operations/assets/deliver-asset'
import { getAsset } from '@keepsake/shared/operations/assets/get-asset'
import { listAssets } from '@keepsake/shared/operations/assets/list-assets'
import { persistAsset } from '@keepsake/shared/operations/assets/persist-asset'
import { runUpkeep } from '@keepsake/shared/operations/upkeep/run-upkeep'
import { dropUpload } from '@keepsake/shared/operations/uploads/drop-upload'
import { uploadAsset } from '@keepsake/shared/operations/uploads/upload-asset'
import { contentOf, file } from '../support/files.ts'
import { DAY, HOUR, openStore, type Store } from '../support/store.ts'

const NEVER = new AbortController().signal

let store: Store
beforeEach(async () => {
  store = await openStore()
})
afterEach(() => store.close())

describe('persisting an asset', () => {
  test('keeps it past the temporary lifetime, under a key of the day of the persist', async () => {
    const { context, owner } = store
    const { tempId = '', id } = await uploadAsset(context, owner, file('hello', 'photo one.txt'))
    store.wait(20 * HOUR)

    const persisted = await persistAsset(context, owner, tempId)
    store.wait(30 * DAY)
    await runUpkeep(context, NEVER)

    expect(persisted).toMatchObject({ id, state: 'persisted', number: 1, name: 'photo one.txt' })
    expect(persisted.key).toMatch(/^uploads\/2024\/01\/16\/photo.one\.txt$/)
    expect(persisted.updatedAt).toEqual(persisted.createdAt)
    expect(await store.keys()).toEqual([persisted.key])
    const delivery = await deliverAsset(context, { key: persisted.key ?? '' })
    expect((await contentOf(await delivery.open())).toString()).toBe('hello')
  })

  test('answers a hundred concurrent calls with one asset and one object', async () => {
    const { context, owner } = store
    const { tempId = '' } = await uploadAsset(context, owner, file('hello'))

    const answers = await Promise.all(Array.from({ length: 100 }, () => persistAsset(context, owner, tempId)))
    await runUpkeep(context, NEVER)

    expect(new Set(answers.map(({ id, key }) => `${id} ${key}`)).size).toBe(1)
    expect(await store.keys()).toEqual([answers[0]?.key])
    expect(await persistAsset(context, owner, tempId)).toMatchObject({ key: answers[0]?.key })
  })

  test('gives files of one name on one day keys of their own, and never a key twice', async () => {
    const { context, owner } = store
    const keys = new Set<string>()
    for (let round = 0; round < 4; round += 1) {
      const { tempId = '' } = await uploadAsset(context, owner, file(`${round}`))
      const { key = '', id } = await persistAsset(context, owner, tempId)
      keys.add(key)
      await deleteAsset(context, owner, id)
      await runUpkeep(context, NEVER)
    }

    expect(keys.size).toBe(4)
    expect([...keys][0]).toBe('uploads/2024/01/15/a.txt')
    expect([...keys][1]).toMatch(/^uploads\/2024\/01\/15\/a-[0-9a-z]{6}\.txt$/)
  })

  test('is refused after the deadline, and the bytes are gone', async () => {
    const { context, owner } = store
    const { tempId = '', id } = await uploadAsset(context, owner, file('hello'))
    store.wait(DAY)

    await expect(persistAsset(context, owner, tempId)).rejects.toMatchObject({ code: 'ASSET_NOT_FOUND' })
    expect(await context.assets.find(id)).toMatchObject({ state: 'expired' })
    await runUpkeep(context, NEVER)
    expect(await store.keys()).toEqual([])
  })

  test('a millisecond before the deadline it is kept, whatever the worker does', async () => {
    const { context, owner } = store
    const { tempId = '' } = await uploadAsset(context, owner, file('hello'))
    store.wait(DAY - 1)

    const [persisted] = await Promise.all([persistAsset(context, owner, tempId), runUpkeep(context, NEVER)])
    store.wait(DAY)
    await runUpkeep(context, NEVER)

    expect(await store.keys()).toEqual([persisted.key])
  })

  test('at the deadline, persist against expiry ends in a kept asset or a 404, never both', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { context, owner } = store
      const { tempId = '', id } = await uploadAsset(context, owner, file('hello'))
      const early = new Date(context.now().getTime() + DAY - 1)
      store.wait(DAY)
      // The server's clock is a little behind the worker's.
      const server = { ...context, now: () => early }

      const [outcome] = await Promise.allSettled([persistAsset(server, owner, tempId), runUpkeep(context, NEVER)])
      await runUpkeep(context, NEVER)

      const kept = (await context.assets.find(id))?.state === 'persisted'
      expect(kept).toBe(outcome.status === 'fulfilled')
      if (kept) await deleteAsset(context, owner, id)
      await runUpkeep(context, NEVER)
      expect(await store.keys()).toEqual([])
    }
  })

  test('does not tell an unknown id, a dropped one, a deleted one and a stranger apart', async () => {
    const { context, owner } = store
    const uploads = await Promise.all([1, 2, 3].map(() => uploadAsset(context, owner, file('hello'))))
    const [dropped = '', deleted = '', strange = ''] = uploads.map(({ tempId }) => tempId)
    await dropUpload(context, owner, dropped)
    const { id } = await persistAsset(context, owner, deleted)
    await deleteAsset(context, owner, id)
    const stranger = { ...owner, project: { ...owner.project, id: 'c'.repeat(24) } }

    const refusals = await Promise.allSettled([
      persistAsset(context, owner, 'temp_unknown'),
      persistAsset(context, owner, dropped),
      persistAsset(context, owner, deleted),
      persistAsset(context, stranger, strange),
    ])

    const messages = refusals.map((refusal) => (refusal.status === 'rejected' ? `${refusal.reason}` : 'kept'))
    expect(new Set(messages).size).toBe(1)
    expect(messages[0]).toContain('There is no such asset')
  })

  test('says unavailable, not 404, while bytes are missing, and is given up only after a day', async () => {
    const { context, owner } = store
    const { tempId = '', id } = await uploadAsset(context, owner, file('hello'))
    await context.storage.delete([`temp/${tempId}`])

    await expect(persistAsset(context, owner, tempId)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    store.wait(HOUR)
    await runUpkeep(context, NEVER)
    expect(await context.assets.find(id)).toMatchObject({ state: 'persisting' })

    store.wait(DAY)
    await runUpkeep(context, NEVER)
    expect(await context.assets.find(id)).toMatchObject({ state: 'expired' })
  })
})

describe('deleting an asset', () => {
  test('answers the url with 404 at once, and lets the bytes go', async () => {
    const { context, owner } = store
    const { tempId = '' } = await uploadAsset(context, owner, file('hello'))
    const { id, key = '' } = await persistAsset(context, owner, tempId)

    await deleteAsset(context, owner, id)

    await expect(deliverAsset(context, { key })).rejects.toMatchObject({ code: 'ASSET_NOT_FOUND' })
    await expect(getAsset(context, owner, id)).rejects.toMatchObject({ code: 'ASSET_NOT_FOUND' })
    await runUpkeep(context, NEVER)
    expect(await store.keys()).toEqual([])
    await deleteAsset(context, owner, id)
    await deleteAsset(context, owner, tempId)
    store.wait(8 * DAY)
    await runUpkeep(context, NEVER)
    expect(await context.assets.find(id)).toBeUndefined()
  })

  test('keeps the bytes for as long as PURGE_DELAY says', async () => {
    await store.close()
    store = await openStore({ purgeDelay: 2 * DAY })
    const { context, owner } = store
    const { tempId = '' } = await uploadAsset(context, owner, file('hello'))
    const { id, key } = await persistAsset(context, owner, tempId)
    await deleteAsset(context, owner, id)

    store.wait(DAY)
    await runUpkeep(context, NEVER)
    expect(await store.keys()).toContain(key)

    store.wait(DAY)
    await runUpkeep(context, NEVER)
    expect(await store.keys()).toEqual([])
  })
})

describe('listing assets', () => {
  test('pages through all of them, newest first, without those that are late or dead', async () => {
    const { context, owner } = store
    const expected: string[] = []
    for (let index = 0; index < 7; index += 1) {
      const { tempId = '', id } = await uploadAsset(context, owner, file(`${index}`))
      await persistAsset(context, owner, tempId)
      expected.unshift(id)
      // Two of them in one millisecond.
      store.wait(index === 3 ? 0 : 1)
    }
    await deleteAsset(context, owner, expected.pop() ?? '')

    const seen: string[] = []
    let page = await listAssets(context, owner, { state: 'persisted', limit: 2 })
    seen.push(...page.assets.map(({ id }) => id))
    while (page.after) {
      page = await listAssets(context, owner, { state: 'persisted', limit: 2, after: page.after })
      seen.push(...page.assets.map(({ id }) => id))
    }

    expect([...seen].sort()).toEqual([...expected].sort())
    expect(seen[0]).toBe(expected[0])
    const { tempId } = await uploadAsset(context, owner, file('waits'))
    expect((await listAssets(context, owner, { state: 'temporary', limit: 2 })).assets).toMatchObject([{ tempId }])
    store.wait(DAY)
    expect((await listAssets(context, owner, { state: 'temporary', limit: 2 })).assets).toEqual([])
  })
})
