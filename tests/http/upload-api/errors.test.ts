import { KeepsakeError, unavailable } from '@keepsake/shared/domain/errors'
import type { UpkeepContext } from '@keepsake/shared/ports/context'
import { type Service, service } from '../../support/service.ts'
import { call, formOf, persist, upload } from '../../support/wire.ts'
import { withMethod } from '../../support/with-method.ts'

let running: Service

beforeAll(async () => {
  running = await service()
})

test('an error has its six members, says no-store, and carries the id of its request', async () => {
  const { status, headers, body } = await call(running, 'GET', '/asset')

  expect(status).toBe(401)
  expect(Object.keys(body)).toEqual(['type', 'title', 'status', 'code', 'detail', 'requestId'])
  expect(body).toMatchObject({ type: 'about:blank', title: 'Unauthorized', status: 401, code: 'KEY_MISSING' })
  expect(body.requestId).toBe(headers.get('X-Request-Id'))
  expect(headers.get('Content-Type')).toBe('application/problem+json')
  expect(headers.get('Cache-Control')).toBe('no-store')
})

test.each([
  { accept: 'application/json', plain: true },
  { accept: 'application/json;q=0.9, text/plain', plain: true },
  { accept: 'Application/JSON', plain: true },
  { accept: 'application/json, application/problem+json', plain: false },
  { accept: 'application/problem+json', plain: false },
  { accept: '*/*', plain: false },
  { accept: 'text/html, application/*', plain: false },
])('an error as Accept: $accept wants it', async ({ accept, plain }) => {
  const { headers, body } = await call(running, 'GET', '/asset', { headers: { Accept: accept } })

  expect(headers.get('Content-Type')).toBe(plain ? 'application/json' : 'application/problem+json')
  expect(body.error).toBe(plain ? body.detail : undefined)
})

test.each([
  { sent: 'trace-1.A_b', kept: true },
  { sent: 'x'.repeat(64), kept: true },
  { sent: 'x'.repeat(65), kept: false },
  { sent: 'a b', kept: false },
  { sent: '{"forged":1}', kept: false },
])('a request id $sent is kept: $kept', async ({ sent, kept }) => {
  const { headers } = await call(running, 'GET', '/health/live', { headers: { 'X-Request-Id': sent } })

  expect(headers.get('X-Request-Id') === sent).toBe(kept)
  expect(headers.get('X-Request-Id')).toMatch(/^[\w.-]{1,64}$/)
})

test('a bug is a 500 that tells nothing, and its line in the log tells everything', async () => {
  const secret = 'SQLITE_CORRUPT: /var/lib/keepsake.db'
  const broken = await service({
    wrap: (context: UpkeepContext) => ({
      ...context,
      assets: withMethod(context.assets, 'listNewest', () => () => Promise.reject(new Error(secret))),
    }),
  })
  const answer = await call(broken, 'GET', '/asset', { key: broken.secretKey })
  const line = broken.logged.find(({ event }) => event === 'request.failed')

  expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL' } })
  expect(answer.text).not.toMatch(/SQLITE|keepsake\.db|\bat /)
  expect(line).toMatchObject({ level: 'error', data: { requestId: answer.body.requestId, error: { message: secret } } })
})

test('a database or a storage that is out of reach is a 503 with Retry-After, and the asset stays persistable', async () => {
  let down = false
  const shaky = await service({
    wrap: (context: UpkeepContext) => ({
      ...context,
      storage: withMethod(
        context.storage,
        'copy',
        (copy) => (from, to) => (down ? Promise.reject(unavailable('The storage is out of reach.')) : copy(from, to)),
      ),
    }),
  })
  const tempId = await upload(shaky)
  down = true
  const refused = await persist(shaky, tempId)
  down = false

  expect(refused).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE', retryAfter: expect.any(Number) } })
  expect(refused.headers.get('Retry-After')).toBe(String(refused.body.retryAfter))
  expect((await persist(shaky, tempId)).status).toBe(200)
})

test('a store that is full is a 507, and nothing is left', async () => {
  const full = await service({
    wrap: (context: UpkeepContext) => ({
      ...context,
      storage: withMethod(
        context.storage,
        'put',
        () => () => Promise.reject(new KeepsakeError('STORAGE_FULL', 'There is no room.')),
      ),
    }),
  })
  const answer = await call(full, 'POST', '/asset/upload/temp', {
    key: full.publicKey,
    body: formOf('x'.repeat(100_000)),
  })

  expect(answer).toMatchObject({ status: 507, body: { code: 'STORAGE_FULL', title: 'Insufficient Storage' } })
  expect((await full.context.assets.findDue(new Date(8e15), 10)).map(({ state }) => state)).toEqual(['expired'])
})
