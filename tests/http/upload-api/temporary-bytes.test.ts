import { type Service, service } from '../../support/service.ts'
import { call, persist, upload } from '../../support/wire.ts'

const DAY = 24 * 60 * 60 * 1000

let running: Service

beforeEach(async () => {
  running = await service()
})

afterEach(() => running.close())

const pathOf = (tempId: string) => `/asset/upload/temp/${tempId}`

test('whoever holds the temporary id can read the bytes, and no cache keeps them', async () => {
  const tempId = await upload(running, 'hello', 'grüße.txt')
  const got = await call(running, 'GET', pathOf(tempId))
  const head = await call(running, 'HEAD', pathOf(tempId))

  for (const { status, headers } of [got, head]) {
    expect(status).toBe(200)
    expect(headers.get('Cache-Control')).toBe('private, no-store')
    expect(headers.get('Content-Type')).toBe('text/plain; charset=utf-8')
    expect(headers.get('Content-Length')).toBe('5')
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(headers.get('Cross-Origin-Resource-Policy')).toBe('cross-origin')
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('Content-Disposition')).toContain("filename*=UTF-8''gr%C3%BC%C3%9Fe.txt")
    expect(headers.get('X-Frame-Options')).toBeNull()
  }
  expect([got.text, head.text]).toEqual(['hello', ''])
})

test('a range of them', async () => {
  const tempId = await upload(running)
  const answer = await call(running, 'GET', pathOf(tempId), { headers: { Range: 'bytes=1-2' } })

  expect([answer.status, answer.text, answer.headers.get('Content-Range')]).toEqual([206, 'el', 'bytes 1-2/5'])
})

test('markup never runs on our origin', async () => {
  const tempId = await upload(running, '<!doctype html><script>alert(1)</script>', 'a.html')
  const { headers } = await call(running, 'GET', pathOf(tempId))

  expect(headers.get('Content-Security-Policy')).toMatch(/^sandbox;/)
  expect(headers.get('Content-Disposition')).toMatch(/^attachment/)
})

test('a drop ends it at once, may be repeated, and is needed of a key', async () => {
  const tempId = await upload(running)

  expect((await call(running, 'DELETE', pathOf(tempId))).status).toBe(401)
  for (const key of [running.publicKey, running.secretKey, running.publicKey]) {
    const answer = await call(running, 'DELETE', pathOf(tempId), { key })
    expect([answer.status, answer.text]).toEqual([204, ''])
  }
  expect((await call(running, 'GET', pathOf(tempId))).status).toBe(404)
  expect((await persist(running, tempId)).status).toBe(404)
  expect((await call(running, 'DELETE', pathOf('temp_unknown'), { key: running.publicKey })).status).toBe(204)
})

test('an id that goes on behind a NUL shows and drops nothing', async () => {
  const tempId = await upload(running)

  for (const end of ['%00', '%00z']) {
    expect((await call(running, 'GET', pathOf(tempId + end))).status).toBe(404)
    expect((await call(running, 'DELETE', pathOf(tempId + end), { key: running.publicKey })).status).toBe(204)
  }
  expect((await call(running, 'GET', pathOf(tempId))).status).toBe(200)
})

test('the deadline ends it at once, not when the worker comes by', async () => {
  const tempId = await upload(running)
  running.wait(DAY - 1)
  expect((await call(running, 'GET', pathOf(tempId))).status).toBe(200)
  running.wait(1)

  expect((await call(running, 'GET', pathOf(tempId))).status).toBe(404)
  expect((await persist(running, tempId)).status).toBe(404)
})

test('a persist ends the temporary url, and a drop no longer touches the asset', async () => {
  const tempId = await upload(running)
  const { status } = await persist(running, tempId)

  expect(status).toBe(200)
  expect((await call(running, 'GET', pathOf(tempId))).status).toBe(404)
  expect((await call(running, 'DELETE', pathOf(tempId), { key: running.publicKey })).status).toBe(204)
  expect((await persist(running, tempId)).status).toBe(200)
})

test('an unknown, a dropped and a late one answer alike, and do not repeat the id', async () => {
  const dropped = await upload(running)
  await call(running, 'DELETE', pathOf(dropped), { key: running.publicKey })
  const late = await upload(running)
  running.wait(DAY)
  const bodies = []
  for (const id of ['temp_5nQ0cW2xV8rJ1kLzT7bYpA', 'x', '..%2f..%2fetc', '%00', dropped, late]) {
    const { status, body, text } = await call(running, 'GET', pathOf(id))
    expect(status).toBe(404)
    if (id.length > 5) expect(text).not.toContain(id)
    bodies.push({ ...body, requestId: '' })
  }

  expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1)
})
