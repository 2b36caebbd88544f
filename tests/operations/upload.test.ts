import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { runUpkeep } from '@keepsake/shared/operations/upkeep/run-upkeep'
import { abandonUpload } from '@keepsake/shared/operations/uploads/abandon-upload'
import { beginUpload } from '@keepsake/shared/operations/uploads/begin-upload'
import { completeUpload } from '@keepsake/shared/operations/uploads/complete-upload'
import { dropUpload } from '@keepsake/shared/operations/uploads/drop-upload'
import { receiveUpload } from '@keepsake/shared/operations/uploads/receive-upload'
import { uploadAsset } from '@keepsake/shared/operations/uploads/upload-asset'
import { file } from '../support/files.ts'
import { DAY, HOUR, MINUTE, openStore, type Store } from '../support/store.ts'

const NEVER = new AbortController().signal
const ANYTHING = { maxBytes: 1000, types: ['*/*'] }

let store: Store
beforeEach(async () => {
  store = await openStore()
})
afterEach(() => store.close())

describe('uploading', () => {
  test('makes a temporary asset with a deadline and everything that its bytes tell', async () => {
    const { context, owner } = store
    const png = await readFile(new URL('../fixtures/photo.png', import.meta.url))

    const asset = await uploadAsset(context, owner, file(png, 'C:\\pictures\\Märchen.bin'))

    expect(asset).toMatchObject({
      state: 'temporary',
      name: 'Märchen.bin',
      deadline: new Date(context.now().getTime() + DAY),
      width: expect.any(Number),
      height: expect.any(Number),
    })
    expect(asset.content).toMatchObject({
      size: png.length,
      type: 'image/png',
      utf8: false,
      sha256: createHash('sha256').update(png).digest('hex'),
    })
    expect(await store.keys()).toEqual([`temp/${asset.tempId}`])
    expect(await context.assets.find(asset.id)).toEqual(asset)
  })

  test('tells valid UTF-8 also where a chunk breaks a character', async () => {
    const bytes = Buffer.from('größer €𝄞')
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const body = Readable.from([bytes.subarray(0, cut), bytes.subarray(cut)])

      const { content } = await uploadAsset(store.context, store.owner, { name: 'a.txt', body })

      expect(content?.utf8).toBe(true)
    }
    const { content } = await uploadAsset(store.context, store.owner, file(bytes.subarray(0, -1)))
    expect(content?.utf8).toBe(false)
  })

  test('finds the size of an image wherever chunks break it, and behind metadata', async () => {
    const photo = await readFile(new URL('../fixtures/photo.jpg', import.meta.url))
    const metadata = Buffer.concat([Buffer.from([0xff, 0xe2, 0xff, 0xff]), Buffer.alloc(0xffff - 2)])
    const padded = Buffer.concat([photo, Buffer.alloc(9000)])
    const behind = Buffer.concat([photo.subarray(0, 20), metadata, photo.subarray(20), Buffer.alloc(9000)])
    for (const bytes of [padded, behind]) {
      for (const cut of [1, 12, 161, 165, 4100, 5000, 65_000]) {
        const body = Readable.from([bytes.subarray(0, cut), bytes.subarray(cut)].map((part) => Buffer.from(part)))

        const asset = await uploadAsset(store.context, store.owner, { name: 'photo.jpg', body })

        expect(asset).toMatchObject({ width: 40, height: 30 })
      }
    }
  })

  test('finds no size of an image that only its name tells', async () => {
    const asset = await uploadAsset(store.context, store.owner, file(Buffer.alloc(5000, 1), 'scan.tga'))

    expect(asset.content?.type).toBe('image/x-tga')
    expect(asset).not.toHaveProperty('width')
  })

  test('takes exactly the limit, and refuses one byte more without leaving any', async () => {
    const { context, owner } = store
    const limited = { ...context, settings: { ...context.settings, maxUploadBytes: 10 } }
    await uploadAsset(limited, owner, file('0123456789'))
    const before = await store.files()

    await expect(uploadAsset(limited, owner, file('0123456789A'))).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' })

    expect(await store.files()).toEqual(before)
  })

  test('refuses a type by its bytes, whatever the name says', async () => {
    const { context, owner } = store
    const pictures = { ...context, settings: { ...context.settings, allowedTypes: ['image/*'] } }

    const upload = uploadAsset(pictures, owner, file('<!doctype html><p>hello', 'photo.jpg'))

    await expect(upload).rejects.toMatchObject({ code: 'TYPE_NOT_ALLOWED', details: { foundType: 'text/html' } })
    expect(await store.files()).toEqual([])
  })

  test('leaves nothing when the body breaks off', async () => {
    const body = new Readable({ read() {} })
    body.push('half')
    const upload = uploadAsset(store.context, store.owner, { name: 'a.txt', body })
    setImmediate(() => body.destroy(new Error('gone')))

    await expect(upload).rejects.toThrow('gone')

    expect(await store.files()).toEqual([])
    await runUpkeep(store.context, NEVER)
    expect(await store.context.heartbeat.read(store.context.now())).toMatchObject({ garbage: 0 })
  })

  test('is cut by its signal, with the reason of the signal', async () => {
    const cut = new AbortController()
    const body = new Readable({ read() {} })
    const upload = uploadAsset(store.context, store.owner, { name: 'a.txt', body, signal: cut.signal })
    setImmediate(() => cut.abort(new Error('too slow')))

    await expect(upload).rejects.toThrow('too slow')

    expect(body.destroyed).toBe(true)
    expect(await store.files()).toEqual([])
  })

  test('is over when the record has reached its own deadline before the last byte', async () => {
    const { context, owner } = store
    const asset = await beginUpload(context, owner, { name: 'slow.txt' })
    const content = await receiveUpload(context, asset, Readable.from([Buffer.from('slow')]), ANYTHING)
    store.wait(2 * HOUR)
    await runUpkeep(context, NEVER)

    await expect(completeUpload(context, asset, content)).rejects.toMatchObject({ code: 'UPLOAD_TIMEOUT' })
    await abandonUpload(context, asset)

    expect(await context.assets.findByTempId(asset.tempId)).toMatchObject({ state: 'expired' })
    await runUpkeep(context, NEVER)
    expect(await store.files()).toEqual([])
  })

  test('leaves a debt even when the worker expired and purged it before the bytes landed', async () => {
    const { context, owner } = store
    const asset = await beginUpload(context, owner, { name: 'late.txt' })
    store.wait(2 * HOUR)
    await runUpkeep(context, NEVER)
    await receiveUpload(context, asset, Readable.from([Buffer.from('late')]), ANYTHING)
    expect(await store.keys()).toHaveLength(1)

    await abandonUpload(context, asset)
    await runUpkeep(context, NEVER)

    expect(await store.keys()).toEqual([])
  })

  test('never cuts an upload that is still within its time', async () => {
    const { context, owner } = store
    const asset = await beginUpload(context, owner, { name: 'slow.txt' })
    store.wait(HOUR + MINUTE)
    await runUpkeep(context, NEVER)
    const content = await receiveUpload(context, asset, Readable.from([Buffer.from('slow')]), ANYTHING)

    expect(await completeUpload(context, asset, content)).toMatchObject({ state: 'temporary' })
  })
})

describe('dropping an upload', () => {
  test('lets its bytes go, and may be repeated', async () => {
    const { context, owner } = store
    const { tempId = '' } = await uploadAsset(context, owner, file('hello'))

    await dropUpload(context, owner, tempId)
    await dropUpload(context, owner, tempId)
    await dropUpload(context, owner, 'temp_unknown')
    await runUpkeep(context, NEVER)

    expect(await store.keys()).toEqual([])
    expect(await context.assets.findByTempId(tempId)).toBeUndefined()
  })

  test("does not touch another project's", async () => {
    const { context, owner } = store
    const { tempId = '' } = await uploadAsset(context, owner, file('hello'))
    const stranger = { ...owner, project: { ...owner.project, id: 'c'.repeat(24) } }

    await dropUpload(context, stranger, tempId)

    expect(await context.assets.findByTempId(tempId)).toMatchObject({ state: 'temporary' })
  })
})
