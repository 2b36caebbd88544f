import { readFile } from 'node:fs/promises'
import { type Service, service } from '../../support/service.ts'
import { assetOf, call, formOf } from '../../support/wire.ts'

const LIMIT = 1000
const DAY = 24 * 60 * 60 * 1000
const ID = /^[0-9a-f]{24}$/

let running: Service

beforeAll(async () => {
  running = await service({ settings: { maxUploadBytes: LIMIT } })
})

test('an upload answers with the temporary asset: twelve members and no more', async () => {
  const answer = await call(running, 'POST', '/asset/upload/temp', { key: running.publicKey, body: formOf('hello') })
  const { tempAssetId } = answer.body
  const now = running.context.now().toISOString()

  expect(answer.status).toBe(201)
  expect(tempAssetId).toMatch(/^temp_[0-9A-Za-z]{22}$/)
  expect(Object.keys(answer.body).sort()).toEqual(['asset', 'tempAssetId'])
  expect(assetOf(answer)).toEqual({
    _id: expect.stringMatching(ID),
    bucket: 'keepsake',
    key: `temp/${tempAssetId}`,
    name: 'a.txt',
    size: 5,
    type: 'text/plain',
    createdAt: now,
    updatedAt: now,
    projectId: expect.stringMatching(ID),
    url: `${running.url}/asset/upload/temp/${tempAssetId}`,
    expiresAt: new Date(running.context.now().getTime() + DAY).toISOString(),
    userId: expect.stringMatching(ID),
  })
  expect(answer.headers.get('Location')).toBe(assetOf(answer).url)
  expect(answer.headers.get('Cache-Control')).toBe('no-store')
  expect(answer.headers.get('X-Request-Id')).toMatch(/^[\w-]{36}$/)
  expect(answer.headers.get('Content-Type')).toMatch(/^application\/json/)
})

test('what a page should know before it uploads', async () => {
  for (const key of [running.publicKey, running.secretKey]) {
    const answer = await call(running, 'GET', '/asset/upload/temp', { key })

    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({ maxBytes: LIMIT, types: ['*/*'], maxFiles: null, expiresIn: 86_400 })
  }
})

test.each([0, 1, LIMIT - 1, LIMIT])('a file of %i bytes is taken, as a form and raw', async (size) => {
  const content = 'x'.repeat(size)
  const form = await call(running, 'POST', '/asset/upload/temp', { key: running.publicKey, body: formOf(content) })
  const raw = await call(running, 'POST', '/asset/upload/temp?name=a.txt', { key: running.publicKey, body: content })

  expect([assetOf(form).size, assetOf(raw).size]).toEqual([size, size])
  expect((await call(running, 'GET', `/asset/upload/temp/${raw.body.tempAssetId}`)).text).toBe(content)
})

test.each([LIMIT + 1, LIMIT + 2, 60_000, 200_000])(
  'a file of %i bytes is too large, as a form and raw',
  async (size) => {
    const files = await running.files()
    const content = 'x'.repeat(size)
    for (const outgoing of [
      { path: '/asset/upload/temp', body: formOf(content) },
      { path: '/asset/upload/temp?name=a.txt', body: content },
    ]) {
      const answer = await call(running, 'POST', outgoing.path, { key: running.publicKey, body: outgoing.body })

      expect(answer).toMatchObject({ status: 413, body: { code: 'FILE_TOO_LARGE', maxBytes: LIMIT } })
      expect(answer.body.detail).toBe(`The file exceeds ${LIMIT} bytes.`)
    }
    expect(await running.files()).toEqual(files)
  },
)

test.each<{ what: string; type?: string; query?: string; body?: string; code: string; param?: string }>([
  { what: 'no name', body: 'hello', type: 'text/plain', code: 'NAME_MISSING', param: 'name' },
  { what: 'no name and no body', code: 'NAME_MISSING' },
  { what: 'an empty name', query: '?name=', body: 'hello', type: 'text/plain', code: 'NAME_MISSING' },
  { what: 'an urlencoded body', body: 'file=hello', type: 'application/x-www-form-urlencoded', code: 'BODY_INVALID' },
  {
    what: 'an urlencoded body and a name',
    query: '?name=a',
    body: 'a=b',
    type: 'application/x-www-form-urlencoded;charset=utf-8',
    code: 'BODY_INVALID',
  },
  { what: 'a form without a boundary', body: 'hello', type: 'multipart/form-data', code: 'MULTIPART_BROKEN' },
  {
    what: 'a form without a boundary but with a name',
    query: '?name=a',
    body: 'hello',
    type: 'Multipart/Form-Data',
    code: 'MULTIPART_BROKEN',
  },
])('$what is refused with $code', async ({ type, query = '', body, code, param }) => {
  const answer = await call(running, 'POST', `/asset/upload/temp${query}`, {
    key: running.publicKey,
    headers: type ? { 'Content-Type': type } : {},
    ...(body !== undefined && { body: new Uint8Array(Buffer.from(body)) }),
  })

  expect(answer).toMatchObject({ status: 400, body: { code, ...(param && { param }) } })
})

test.each([
  { name: 'a b.txt', shown: 'a b.txt' },
  { name: '日本.png', shown: '日本.png' },
  { name: 'a%2Fb.txt', shown: 'a%2Fb.txt' },
  { name: 'dir/a.txt', shown: 'a.txt' },
  { name: 'a\u0000\u0001\u007f.txt', shown: 'a.txt' },
  { name: `${'x'.repeat(300)}.txt`, shown: `${'x'.repeat(251)}.txt` },
])('a raw body named $name becomes $shown', async ({ name, shown }) => {
  const answer = await call(running, 'POST', `/asset/upload/temp?name=${encodeURIComponent(name)}`, {
    key: running.publicKey,
    body: 'hello',
    headers: { 'Content-Type': 'image/png' },
  })

  expect(answer.status).toBe(201)
  expect(assetOf(answer)).toMatchObject({ name: shown, size: 5 })
})

test('a raw body without a type, and one of an unusual type', async () => {
  for (const type of ['', 'application/json', 'multipart/mixed', 'nonsense']) {
    const answer = await call(running, 'POST', '/asset/upload/temp?name=data', {
      key: running.publicKey,
      body: new Uint8Array([1, 2, 3]),
      ...(type && { headers: { 'Content-Type': type } }),
    })

    expect(assetOf(answer)).toMatchObject({ name: 'data', size: 3, type: 'application/octet-stream' })
  }
})

test('the type is told by the content, never by the client or by a wrong extension', async () => {
  const photo = await readFile(new URL('../../fixtures/html-named-photo.jpg', import.meta.url))
  const form = new FormData()
  form.append('file', new Blob([new Uint8Array(photo)], { type: 'image/jpeg' }), 'photo.jpg')
  const answer = await call(running, 'POST', '/asset/upload/temp', { key: running.publicKey, body: form })

  expect(assetOf(answer).type).toBe('text/html')
})

test('a type that is not allowed is refused, whatever the client calls it, and nothing is kept', async () => {
  const pictures = await service({ settings: { allowedTypes: ['image/*'] } })
  const form = new FormData()
  form.append('file', new Blob(['hello'], { type: 'image/png' }), 'a.png')
  const answer = await call(pictures, 'POST', '/asset/upload/temp', { key: pictures.publicKey, body: form })

  expect(answer).toMatchObject({
    status: 415,
    body: { code: 'TYPE_NOT_ALLOWED', allowedTypes: ['image/*'], foundType: expect.any(String) },
  })
  expect((await call(pictures, 'GET', '/asset?state=temporary', { key: pictures.secretKey })).body.assets).toEqual([])
  await pictures.close()
})
