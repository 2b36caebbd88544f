import { readFile } from 'node:fs/promises'
import { unavailable } from '@keepsake/shared/domain/errors'
import type { UpkeepContext } from '@keepsake/shared/ports/context'
import { type Service, service } from '../../support/service.ts'
import { assetOf, call, persist, upload } from '../../support/wire.ts'
import { withMethod } from '../../support/with-method.ts'

const DAY = 24 * 60 * 60 * 1000

let running: Service

beforeEach(async () => {
  running = await service()
})

afterEach(() => running.close())

const get = (path: string) => call(running, 'GET', path, { key: running.secretKey })
const remove = (id: unknown) => call(running, 'DELETE', `/asset/${id}`, { key: running.secretKey })

describe('one asset', () => {
  test('is found by either id, temporary or persisted, with more than the twelve members', async () => {
    const photo = await readFile(new URL('../../fixtures/photo.png', import.meta.url))
    const tempId = await upload(running, new Uint8Array(photo), 'photo.png')
    const temporary = assetOf(await get(`/asset/${tempId}`))
    const persisted = assetOf(await persist(running, tempId))
    const byId = assetOf(await get(`/asset/${persisted._id}`))

    expect(Object.keys(temporary)).toHaveLength(18)
    expect(temporary).toMatchObject({ state: 'temporary', tempAssetId: tempId, subject: null, type: 'image/png' })
    expect(temporary.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect([typeof temporary.width, typeof temporary.height]).toEqual(['number', 'number'])
    expect(byId).toEqual({ ...temporary, ...persisted, state: 'persisted', tempAssetId: null })
    expect(assetOf(await get(`/asset/${tempId}`))).toEqual(byId)
    expect(assetOf(await get(`/asset/${temporary._id}`))).toEqual(byId)
  })

  test('has no width and height when it is no image', async () => {
    expect(assetOf(await get(`/asset/${await upload(running)}`))).toMatchObject({ width: null, height: null })
  })

  test.each(['x', '000000000000000000000000', 'temp_unknown', '%00', 'a%2Fb', '%E0%A4%A'])(
    'is not found as %s',
    async (id) => {
      expect((await get(`/asset/${id}`)).status).toBe(404)
    },
  )

  test('is not found by an id that goes on behind a NUL', async () => {
    const tempId = await upload(running)
    const { _id } = assetOf(await get(`/asset/${tempId}`))

    for (const id of [`${tempId}%00`, `${tempId}%00z`, `${_id}%00`, `${_id}%00z`]) {
      expect((await get(`/asset/${id}`)).status).toBe(404)
    }
  })

  test('that is late is not found', async () => {
    const tempId = await upload(running)
    running.wait(DAY)

    expect((await get(`/asset/${tempId}`)).status).toBe(404)
  })
})

describe('deleting', () => {
  test('ends the url at once, may be repeated, and the asset cannot be persisted again', async () => {
    const tempId = await upload(running)
    const { _id, url } = assetOf(await persist(running, tempId))
    const answers = [await remove(_id), await remove(_id), await remove(tempId)]

    expect(answers.map(({ status, text }) => [status, text])).toEqual(Array(3).fill([204, '']))
    expect((await fetch(String(url))).status).toBe(404)
    expect((await get(`/asset/${_id}`)).status).toBe(404)
    expect((await persist(running, tempId)).status).toBe(404)
  })

  test('drops a temporary asset, by either id', async () => {
    const [one, two] = [await upload(running), await upload(running)]
    const { _id } = assetOf(await get(`/asset/${two}`))

    expect([(await remove(one)).status, (await remove(_id)).status]).toEqual([204, 204])
    for (const id of [one, two]) expect((await get(`/asset/${id}`)).status).toBe(404)
  })

  test('what is unknown succeeds', async () => {
    expect((await remove('000000000000000000000000')).status).toBe(204)
    expect((await remove('nonsense')).status).toBe(204)
  })

  test('by an id that goes on behind a NUL touches nothing', async () => {
    const [waiting, kept] = [await upload(running), await upload(running)]
    const { _id, url } = assetOf(await persist(running, kept))

    for (const id of [`${_id}%00z`, `${kept}%00`, `${waiting}%00`]) expect((await remove(id)).status).toBe(204)
    expect((await fetch(String(url))).status).toBe(200)
    expect(assetOf(await get(`/asset/${waiting}`)).state).toBe('temporary')
  })
})

describe('the list', () => {
  async function names(path: string): Promise<unknown[]> {
    const seen: unknown[] = []
    for (let next: string | undefined = path; next; ) {
      const { status, body }: Awaited<ReturnType<typeof get>> = await get(next)
      expect(status).toBe(200)
      for (const asset of [body.assets].flat()) seen.push(Object(asset).name)
      const separator = path.includes('?') ? '&' : '?'
      next = typeof body.after === 'string' ? `${path}${separator}after=${body.after}` : undefined
    }
    return seen
  }

  test('shows persisted assets only, newest first, page by page, each once', async () => {
    const expected: string[] = []
    for (let index = 0; index < 12; index += 1) {
      const name = `file-${String(index).padStart(2, '0')}.txt`
      await persist(running, await upload(running, 'x', name))
      expected.unshift(name)
      // Some share their millisecond.
      if (index % 3 === 0) running.wait(1)
    }
    await upload(running, 'x', 'waiting.txt')

    expect((await names('/asset?limit=5')).sort()).toEqual([...expected].sort())
    expect(await names('/asset')).toEqual(await names('/asset?limit=1'))
    expect(await names('/asset?state=persisted')).toHaveLength(12)
    expect(await names('/asset?state=temporary')).toEqual(['waiting.txt'])
  })

  test('has no next page where it ends', async () => {
    for (let index = 0; index < 2; index += 1) await persist(running, await upload(running))

    expect((await get('/asset?limit=2')).body.after).toBeNull()
    expect((await get('/asset?limit=1')).body.after).toMatch(/^[\w-]+$/)
  })

  test('of what waits leaves out what is late, and shows when the rest expires', async () => {
    await upload(running, 'x', 'early.txt')
    running.wait(DAY - 1)
    await upload(running, 'x', 'later.txt')
    running.wait(1)
    const { body } = await get('/asset?state=temporary')

    expect(body.assets).toMatchObject([{ name: 'later.txt', state: 'temporary', expiresAt: expect.any(String) }])
  })

  test('of what waits shows one whose persist was begun and not finished, and that of the others does not', async () => {
    const broken = await service({
      wrap: (context: UpkeepContext) => ({
        ...context,
        storage: withMethod(context.storage, 'copy', () => () => Promise.reject(unavailable('Cut off on purpose.'))),
      }),
    })
    const ask = async (path: string) => (await call(broken, 'GET', path, { key: broken.secretKey })).body.assets
    const [waiting, claimed] = [await upload(broken, 'x', 'a.txt'), await upload(broken, 'x', 'b.txt')]
    broken.wait(1)

    expect((await persist(broken, claimed)).status).toBe(503)
    expect(await ask('/asset?state=temporary')).toMatchObject([
      { tempAssetId: claimed, state: 'temporary' },
      { tempAssetId: waiting, state: 'temporary' },
    ])
    expect(await ask('/asset')).toEqual([])
  })

  test.each([
    { query: 'limit=0', param: 'limit' },
    { query: 'limit=101', param: 'limit' },
    { query: 'limit=', param: 'limit' },
    { query: 'limit=1.0', param: 'limit' },
    { query: 'limit=0x10', param: 'limit' },
    { query: 'limit=-1', param: 'limit' },
    { query: 'limit=%201', param: 'limit' },
    { query: 'limit=1&limit=2', param: 'limit' },
    { query: 'state=', param: 'state' },
    { query: 'state=deleted', param: 'state' },
    { query: 'state=Temporary', param: 'state' },
    { query: 'after=', param: 'after' },
    { query: 'after=nonsense', param: 'after' },
    { query: `after=${Buffer.from('1.zz').toString('base64url')}`, param: 'after' },
    { query: `after=${Buffer.from(`1.${'a'.repeat(24)}`).toString('base64url')}=`, param: 'after' },
    { query: 'page=2', param: 'page' },
    { query: 'Limit=2', param: 'Limit' },
    { query: '__proto__=1', param: '__proto__' },
  ])('refuses ?$query', async ({ query, param }) => {
    expect(await get(`/asset?${query}`)).toMatchObject({ status: 400, body: { code: 'QUERY_INVALID', param } })
  })

  test('takes a limit of 1 and of 100', async () => {
    expect((await get('/asset?limit=1')).status).toBe(200)
    expect((await get('/asset?limit=100')).status).toBe(200)
  })
})
