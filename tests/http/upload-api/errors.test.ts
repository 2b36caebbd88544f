import { KeepsakeError, unavailable } from '@keepsake/shared/domain/errors'
import type { UpkeepContext } from '@keepsake/shared/ports/context'
import { rawClient } from '../../support/raw-client.ts'
import { type Service, service } from '../../support/service.ts'
import { call, formOf, persist, upload } from '../../support/wire.ts'
import { withMethod } from '../../support/with-method.ts'

let running: Service

beforeAll(async () => {
  running = await service()
})

/** Every path of the dialect and the methods that it takes. */
const PATHS = [
  { path: '/', allow: 'GET, HEAD' },
  { path: '/asset', allow: 'GET, HEAD' },
  { path: '/asset/x', allow: 'GET, HEAD, DELETE' },
  { path: '/asset/upload/temp', allow: 'GET, HEAD, POST' },
  { path: '/asset/upload/temp/temp_x', allow: 'GET, HEAD, DELETE' },
  { path: '/asset/upload/persist', allow: 'POST' },
  { path: '/health', allow: 'GET, HEAD' },
  { path: '/health/live', allow: 'GET, HEAD' },
  { path: '/health/ready', allow: 'GET, HEAD' },
  { path: '/openapi.yaml', allow: 'GET, HEAD' },
]

describe.each(PATHS)('$path', ({ path, allow }) => {
  const allowed = allow.split(', ')

  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'].filter((method) => !allowed.includes(method)))(
    'refuses %s and tells what it takes',
    async (method) => {
      const answer = await call(running, method, path, { key: running.secretKey })

      expect(answer).toMatchObject({ status: 405, body: { code: 'METHOD_NOT_ALLOWED', title: 'Method Not Allowed' } })
      expect(answer.headers.get('Allow')).toBe(allow)
    },
  )
})

test.each(PATHS.filter(({ allow }) => allow.includes('HEAD')))(
  'HEAD $path answers like GET, without a body',
  async ({ path }) => {
    const [got, head] = [
      await call(running, 'GET', path, { key: running.secretKey }),
      await call(running, 'HEAD', path, { key: running.secretKey }),
    ]

    expect([head.status, head.text]).toEqual([got.status, ''])
    expect(head.headers.get('Content-Type')).toBe(got.headers.get('Content-Type'))
  },
)

test.each(PATHS.filter(({ path }) => !path.startsWith('/asset/upload/temp') && path !== '/'))(
  'OPTIONS $path tells the methods',
  async ({ path, allow }) => {
    const answer = await call(running, 'OPTIONS', path)

    expect([answer.status, answer.headers.get('Allow')]).toEqual([204, allow])
  },
)

test.each([
  '/nothing',
  '/asset/',
  '/Asset',
  '/ASSET/upload/temp',
  '/asset/upload/temp/',
  '/asset/upload/persist/',
  '/asset/upload/temp/a/b',
  '/asset/upload/nothing/more',
  '//asset',
  '/asset/%zz',
  '/asset/%E0%A4%A',
  '/%',
  '/health/',
  '/.env',
  '/favicon.ico',
  '/__proto__',
])('%s leads nowhere', async (path) => {
  const answer = await call(running, 'GET', path, { key: running.secretKey })

  expect(answer).toMatchObject({ status: 404, body: { code: 'ROUTE_NOT_FOUND', title: 'Not Found', status: 404 } })
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

describe('what is no HTTP request', () => {
  test.each([
    { what: 'nonsense', sent: 'hello\r\n\r\n', status: 400 },
    { what: 'a broken header', sent: 'GET / HTTP/1.1\r\nHost: x\r\nBroken header\r\n\r\n', status: 400 },
    {
      what: 'two lengths',
      sent: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
      status: 400,
    },
    {
      what: 'a length and chunks',
      sent: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      status: 400,
    },
    { what: 'no host', sent: 'GET / HTTP/1.1\r\n\r\n', status: 400 },
    {
      what: 'headers that never end',
      sent: `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      status: 431,
    },
  ])('$what is answered with $status in JSON', async ({ sent, status }) => {
    const client = await rawClient(running)
    client.send(sent)
    const answer = await client.closed
    const [head = '', text = ''] = answer.split('\r\n\r\n')

    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    if (!sent.startsWith('GET / HTTP/1.1\r\n\r\n')) {
      expect(head).toContain('Content-Type: application/problem+json')
      expect(JSON.parse(text)).toMatchObject({ type: 'about:blank', status, code: 'BODY_INVALID' })
    }
  })

  test('an unknown expectation is passed over', async () => {
    const client = await rawClient(running)
    client.send('GET /health/live HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n')

    expect(await client.closed).toMatch(/^HTTP\/1.1 200 /)
  })
})
