import { Readable } from 'node:stream'
import { hashAccessKey } from '@keepsake/shared/domain/access-key'
import { MARK_KEY, prepareInstallation } from '@keepsake/shared/operations/prepare-installation'
import type { UpkeepContext } from '@keepsake/shared/ports/context'
import type { InstallationRecord, InstallationUse } from '@keepsake/shared/ports/installation'
import { recordingLog } from '../support/recording-log.ts'
import { openStore, type Store } from '../support/store.ts'

const SECRET = `sk_${'a'.repeat(24)}`
const ID = '1'.repeat(24)

describe('preparing an installation', () => {
  let store: Store

  beforeEach(async () => {
    store = await openStore()
  })

  afterEach(() => store.close())

  /** An installation's record that remembers whether it was marked, and what it is used for. */
  function installation(id: string, use: InstallationUse = 'none') {
    const record = { id, marked: false, use }
    const port: InstallationRecord = {
      identify: async () => ({ ...record }),
      setMarked: async () => {
        record.marked = true
      },
      changeUse: async (from, to) => {
        if (record.use === from) record.use = to
        return record.use === to
      },
    }
    return { port, record }
  }

  async function markOf({ storage }: UpkeepContext): Promise<string> {
    const { body } = await storage.open(MARK_KEY)
    return body instanceof Readable ? (await body.toArray()).join('') : Buffer.from(body).toString()
  }

  test('remembers a mark that an interrupted start has put', async () => {
    const { port, record } = installation(ID)
    await store.context.storage.put(MARK_KEY, Readable.from([Buffer.from(ID)]))

    await prepareInstallation(store.context, port, {})

    expect(record).toMatchObject({ marked: true, use: 'service' })
    expect(await markOf(store.context)).toBe(ID)
  })

  test('does not take itself for marked when the mark could not be put', async () => {
    const { port, record } = installation(ID)
    const failure = new Error('The disk is gone.')
    const storage = { ...methodsOf(store.context), put: () => Promise.reject(failure) }

    await expect(prepareInstallation({ ...store.context, storage }, port, {})).rejects.toBe(failure)
    expect(record).toMatchObject({ marked: false, use: 'none' })
  })

  test('starts on nothing that is being filled, also when that has begun a moment ago', async () => {
    const filled = installation(ID, 'transfer')
    await expect(prepareInstallation(store.context, filled.port, {})).rejects.toMatchObject({ code: 'STORE_MISMATCH' })
    expect(filled.record).toEqual({ id: ID, marked: false, use: 'transfer' })

    const { port, record } = installation(ID)
    const setMarked = async () => {
      record.use = 'transfer'
    }
    const prepared = prepareInstallation(store.context, { ...port, setMarked }, {})
    await expect(prepared).rejects.toMatchObject({ code: 'STORE_MISMATCH' })
    expect(record.use).toBe('transfer')
  })

  test('never takes over a storage that another marks at the same moment', async () => {
    const { port, record } = installation(ID)
    const { storage } = store.context
    const put: typeof storage.put = async (key, body, options) => {
      await storage.put(key, Readable.from([Buffer.from('2'.repeat(24))]))
      await storage.put(key, body, options)
    }

    const prepared = prepareInstallation({ ...store.context, storage: { ...methodsOf(store.context), put } }, port, {})

    await expect(prepared).rejects.toMatchObject({ code: 'STORE_MISMATCH' })
    expect(record).toMatchObject({ marked: false, use: 'none' })
  })

  test('warns of a key that was revoked, and leaves it so', async () => {
    const { log, lines } = recordingLog()
    const revokedAt = store.context.now()
    const projects = store.context.projects
    const revoked: UpkeepContext['projects'] = {
      ensureFirst: (project) => projects.ensureFirst(project),
      findAccessKey: (hash) => projects.findAccessKey(hash),
      addAccessKey: (accessKey) => projects.addAccessKey({ ...accessKey, revokedAt }),
    }

    await prepareInstallation({ ...store.context, projects: revoked, log }, installation(ID).port, {
      secretKey: SECRET,
    })

    expect(lines).toMatchObject([{ event: 'accessKey.revoked' }])
    expect(JSON.stringify(lines)).not.toContain(SECRET)
    expect((await projects.findAccessKey(hashAccessKey(SECRET)))?.accessKey.revokedAt).toEqual(revokedAt)
  })
})

/** The storage as an object whose methods can be replaced one by one. */
function methodsOf({ storage }: UpkeepContext): UpkeepContext['storage'] {
  return {
    put: (...args) => storage.put(...args),
    open: (...args) => storage.open(...args),
    size: (key) => storage.size(key),
    copy: (from, to) => storage.copy(from, to),
    check: () => storage.check(),
    delete: (keys) => storage.delete(keys),
    list: (...args) => storage.list(...args),
    clearStaging: (before) => storage.clearStaging(before),
  }
}
