import { mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type Composition, compose } from '@keepsake/shared/compose'
import { readConfig } from '@keepsake/shared/config/config'
import { hashAccessKey } from '@keepsake/shared/domain/access-key'

const SECRET = `sk_${'a'.repeat(24)}`
const PUBLIC = `pk_${'b'.repeat(24)}`

describe('composing the application', () => {
  let folder = ''
  let opened: Composition[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keepsake-compose-'))
  })

  afterEach(async () => {
    await closeAll()
    await rm(folder, { recursive: true })
  })

  async function open(name: string, keys = {}): Promise<Composition> {
    const config = readConfig({ DATA_DIR: join(folder, name), LOG_LEVEL: 'silent' })
    const composition = await compose(config, { keys })
    opened.push(composition)
    return composition
  }

  async function closeAll(): Promise<void> {
    const closing = opened
    opened = []
    for (const { close } of closing) await close()
  }

  test('makes one project, which both keys open, and marks the storage', async () => {
    const { context } = await open('data', { secretKey: SECRET, publicKey: PUBLIC })

    const secret = await context.projects.findAccessKey(hashAccessKey(SECRET))
    const visible = await context.projects.findAccessKey(hashAccessKey(PUBLIC))
    expect(secret?.accessKey).toMatchObject({ type: 'secret', hint: 'sk_…aaaa' })
    expect(visible?.accessKey).toMatchObject({ type: 'public', hint: 'pk_…bbbb' })
    expect(visible?.project).toEqual(secret?.project)
    expect((await context.storage.list('')).objects.map(({ key }) => key)).toEqual(['.keepsake'])
  })

  test('finds the same project again, adds what is new and takes nothing away', async () => {
    const first = await open('data', { secretKey: SECRET })
    const before = await first.context.projects.findAccessKey(hashAccessKey(SECRET))
    await closeAll()

    const { context } = await open('data', { publicKey: PUBLIC })

    expect(await context.projects.findAccessKey(hashAccessKey(SECRET))).toEqual(before)
    expect((await context.projects.findAccessKey(hashAccessKey(PUBLIC)))?.project).toEqual(before?.project)
  })

  test('may happen several times at once on a new folder', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => open('data', { secretKey: SECRET })))

    const found = await Promise.all(all.map(({ context }) => context.projects.findAccessKey(hashAccessKey(SECRET))))
    expect(new Set(found.map((entry) => entry?.project.id)).size).toBe(1)
    expect(new Set(found.map((entry) => entry?.accessKey.id)).size).toBe(1)
  })

  test('refuses the storage of another installation, and writes nothing to it', async () => {
    await open('one')
    const other = await open('other')
    await other.context.storage.put('uploads/kept.txt', Readable.from([Buffer.from('kept')]))
    await closeAll()
    await rm(join(folder, 'one', 'objects'), { recursive: true })
    await rename(join(folder, 'other', 'objects'), join(folder, 'one', 'objects'))
    const before = await readdir(join(folder, 'one', 'objects'), { recursive: true })

    await expect(open('one')).rejects.toMatchObject({ code: 'STORE_MISMATCH' })
    expect(await readdir(join(folder, 'one', 'objects'), { recursive: true })).toEqual(before)
  })

  test('refuses a storage that was emptied, instead of taking it for a new one', async () => {
    await open('data')
    await closeAll()
    await rm(join(folder, 'data', 'objects'), { recursive: true })

    await expect(open('data')).rejects.toMatchObject({ code: 'STORE_MISMATCH' })
  })

  test('refuses a new database beside old objects', async () => {
    await open('data')
    await closeAll()
    for (const name of await readdir(join(folder, 'data'))) {
      if (name.startsWith('keepsake.db')) await rm(join(folder, 'data', name))
    }

    await expect(open('data')).rejects.toMatchObject({ code: 'STORE_MISMATCH' })
  })
})
