import { Readable } from 'node:stream'
import { createFromText } from '@keepsake/shared/operations/assets/create-asset'
import { deleteAsset } from '@keepsake/shared/operations/assets/delete-asset'
import { deliverAsset } from '@keepsake/shared/operations/assets/deliver-asset'
import { persistAsset } from '@keepsake/shared/operations/assets/persist-asset'
import { persistBatch } from '@keepsake/shared/operations/assets/persist-batch'
import { replaceByText, updateAsset } from '@keepsake/shared/operations/assets/update-asset'
import { runUpkeep } from '@keepsake/shared/operations/upkeep/run-upkeep'
import { dropUpload } from '@keepsake/shared/operations/uploads/drop-upload'
import { uploadAsset } from '@keepsake/shared/operations/uploads/upload-asset'
import type { UpkeepContext } from '@keepsake/shared/ports/context'
import { INTERRUPTIONS, type Interruption, interruptedContext } from '../support/interrupted-context.ts'
import { DAY, openStore, type Store } from '../support/store.ts'

const NEVER = new AbortController().signal
const upload = (context: UpkeepContext, { owner }: Store) =>
  uploadAsset(context, owner, { name: 'a.txt', body: Readable.from([Buffer.from('hello')]) })

/** What is done once with every step interrupted, after its preparation went well. Answers the temporary ids that it acknowledged as kept. */
const VERBS: Record<string, (context: UpkeepContext, store: Store, tempIds: string[]) => Promise<string[]>> = {
  upload: async (context, store) => {
    await upload(context, store)
    return []
  },
  persist: async (context, { owner }, [tempId = '']) => {
    await persistAsset(context, owner, tempId)
    return [tempId]
  },
  'batch persist': async (context, { owner }, tempIds) => {
    await persistBatch(context, owner, tempIds)
    return tempIds
  },
  drop: async (context, { owner }, [tempId = '']) => {
    await dropUpload(context, owner, tempId)
    return []
  },
  delete: async (context, { owner }, [tempId = '']) => {
    await persistAsset(context, owner, tempId)
    await deleteAsset(context, owner, tempId)
    return []
  },
  create: async (context, { owner }) => {
    await createFromText(context, owner, 'hello', { folder: '', name: 'b.txt', said: {} })
    return []
  },
  replace: async (context, { owner }, [tempId = '']) => {
    const asset = await persistAsset(context, owner, tempId)
    await replaceByText(context, owner, asset, 'other', { said: {} })
    return []
  },
  hotlink: async (context, { owner }, [tempId = '']) => {
    const asset = await persistAsset(context, owner, tempId)
    await updateAsset(context, asset, { url: 'https://example.com/', said: {} })
    return []
  },
  rename: async (context, { owner }, [tempId = '']) => {
    const asset = await persistAsset(context, owner, tempId)
    await updateAsset(context, asset, { name: 'c.css', said: {} })
    return [tempId]
  },
  'an upkeep round': async (context, store) => {
    store.wait(2 * DAY)
    await runUpkeep(context, NEVER)
    return []
  },
}

describe.each(Object.keys(VERBS))('%s', (verb) => {
  test.each(INTERRUPTIONS)('keeps the promise when any one of its steps %s', async (how) => {
    let step = 1
    while (await promiseHolds(verb, step, how)) step += 1

    expect(step).toBeGreaterThan(2)
  })
})

/** One run with one step interrupted; false when the verb has fewer steps. */
async function promiseHolds(verb: string, step: number, how: Interruption): Promise<boolean> {
  const store = await openStore()
  try {
    const tempIds = [await upload(store.context, store), await upload(store.context, store)].map(
      ({ tempId = '' }) => tempId,
    )
    const { context, death, wasReached } = interruptedContext(store.context, step, how)
    const attempt = VERBS[verb]?.(context, store, tempIds).catch(() => [])
    const outcome = (await Promise.race([attempt, death])) ?? []
    const acknowledged = outcome === 'died' ? [] : outcome

    await store.reopen()
    await settle(store)
    await expectKept(store, acknowledged)
    const persisted = await expectNothingElse(store)
    if (verb === 'batch persist') expect([0, 2]).toContain(persisted)
    return wasReached()
  } finally {
    await store.close()
  }
}

/** Every deadline passes, and the worker comes by again and again. */
async function settle(store: Store): Promise<void> {
  for (const pause of [0, 2 * DAY, DAY, 4 * DAY, 8 * DAY, DAY]) {
    store.wait(pause)
    await runUpkeep(store.context, NEVER)
  }
}

async function expectKept({ context, owner }: Store, tempIds: readonly string[]): Promise<void> {
  for (const tempId of tempIds) {
    const { key = '' } = await persistAsset(context, owner, tempId)
    const { body } = await (await deliverAsset(context, { key })).open()
    expect(Buffer.from(body as Uint8Array).toString()).toBe('hello')
  }
}

/** No byte without a record, no record without bytes, nothing that still waits for the worker. Answers how many assets there are. */
async function expectNothingElse(store: Store): Promise<number> {
  const { context, owner } = store
  const now = context.now()
  const persisted = await context.assets.listNewest(owner.project.id, { state: 'persisted', limit: 100, now })
  expect(await store.keys()).toEqual(persisted.map(({ key }) => key).sort())
  expect(await store.files()).toHaveLength(persisted.length)
  expect(await context.heartbeat.read(now)).toMatchObject({ due: 0, garbage: 0 })
  return persisted.length
}
