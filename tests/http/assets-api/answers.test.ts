import { KeepsakeError, unavailable } from '@keepsake/shared/domain/errors'
import type { UpkeepContext } from '@keepsake/shared/ports/context'
import { ask, create, everything, form, list } from '../../support/entries.ts'
import { settledLeftovers } from '../../support/leftovers.ts'
import { BOUNDARY, chunk, FORM, filePart, rawClient } from '../../support/raw-client.ts'
import { type Service, service } from '../../support/service.ts'
import { call } from '../../support/wire.ts'
import { withMethod } from '../../support/with-method.ts'

let running: Service

beforeAll(async () => {
  running = await service()
  await create(running, { name: 'a.css', content: 'a' })
})

const TEXT = 'text/plain; charset=utf-8'
const PATHS = [
  { path: '/api/v1/assets', allow: 'GET, HEAD, POST, PUT' },
  { path: '/api/v1/assets/', allow: 'GET, HEAD, POST, PUT' },
  { path: '/api/v1/assets/1', allow: 'GET, HEAD, PUT, DELETE' },
  { path: '/api/v1/assets/1/', allow: 'GET, HEAD, PUT, DELETE' },
  { path: '/api/v1/folders', allow: 'GET, HEAD, POST' },
  { path: '/api/v1/folders/1', allow: 'DELETE' },
]

describe.each(PATHS)('$path', ({ path, allow }) => {
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']

  test.each(methods.filter((method) => !allow.split(', ').includes(method)))('refuses %s', async (method) => {
    const before = await everything(running)
    const answer = await call(running, method, path, { headers: { 'X-API-Key': running.secretKey } })

    expect([answer.status, answer.headers.get('Allow')]).toEqual([405, allow])
    expect(answer.headers.get('Content-Type')).toBe(TEXT)
    expect(answer.text).toBe(`${method} is not possible here; allowed: ${allow}.`)
    expect(await everything(running)).toBe(before)
  })

  test.each(methods.filter((method) => allow.split(', ').includes(method)))(
    'wants a secret key for %s',
    async (method) => {
      const before = await everything(running)
      const { secretKey, publicKey, stranger } = running
      const refused: Record<string, string>[] = [
        {},
        { 'X-API-Key': '' },
        { 'X-API-Key': 'None' },
        { 'X-API-Key': publicKey },
        { 'X-API-Key': stranger.publicKey },
        { 'X-API-Key': `${secretKey}x` },
        { 'X-API-Key': `${secretKey}, ${secretKey}` },
        { Authorization: `Bearer ${secretKey}` },
        { Authorization: secretKey },
        { Cookie: `X-API-Key=${secretKey}` },
      ]
      for (const headers of refused) {
        const answer = await call(running, method, `${path}?api_key=${secretKey}`, {
          headers,
          ...(method.startsWith('P') && { body: form({ name: 'b.css', content: 'x', path: 'made' }) }),
        })

        expect([answer.status, answer.headers.get('WWW-Authenticate')]).toEqual([401, 'ApiKey'])
        expect(answer.headers.get('Content-Type')).toBe(TEXT)
        expect(answer.headers.get('X-Request-Id')).toMatch(/^[\w.-]+$/)
        expect(answer.text).toMatch(/^[a-zA-Z][^\n<{]+$/)
        expect(answer.text).not.toContain(secretKey)
      }
      expect(await everything(running)).toBe(before)
    },
  )
})

test.each([
  '/api/v1',
  '/api/v1/',
  '/api/v1/nothing',
  '/api/v1/Assets',
  '/api/v1//assets',
  '/api/v1/assets//',
  '/api/v1/assets/1/x',
  '/api/v1/folders/1/x',
  '/api/v1/.env',
  '/api/v1/%zz',
  '/api/v1/%zz/1',
  '/api/v1/assets/%zz/x',
  '/api/v1/folders/1/%zz',
])('%s leads nowhere, in plain text', async (path) => {
  const { status, headers } = await call(running, 'GET', path, { headers: { 'X-API-Key': running.secretKey } })

  expect([status, headers.get('Content-Type')]).toEqual([404, TEXT])
})

test.each(['/api/v1/assets/%zz', '/api/v1/assets/%zz/', '/api/v1/folders/%zz'])('%s names no id', async (path) => {
  const { status, headers } = await call(running, 'DELETE', path, { headers: { 'X-API-Key': running.secretKey } })

  expect([status, headers.get('Content-Type')]).toEqual([400, TEXT])
})

test.each(['/api', '/api/v10/assets', '/api/v2/assets', '/API/v1/assets'])(
  '%s is not of this dialect',
  async (path) => {
    const { status, headers } = await call(running, 'GET', path, { headers: { 'X-API-Key': running.secretKey } })

    expect([status, headers.get('Content-Type')]).toEqual([404, 'application/problem+json'])
  },
)

test('the key of this dialect opens nothing of the other', async () => {
  const answer = await call(running, 'GET', '/asset', { headers: { 'X-API-Key': running.secretKey } })

  expect(answer).toMatchObject({ status: 401, body: { code: 'KEY_MISSING' } })
})

test.each(['curl/8.0', 'Mozilla/5.0 (compatible; cURL/7.68.0)', ''])('any User-Agent will do: %j', async (agent) => {
  const client = await rawClient(running)
  const name = agent ? `User-Agent: ${agent}\r\n` : ''
  client.send(
    `GET /api/v1/assets HTTP/1.1\r\nHost: x\r\n${name}X-API-Key: ${running.secretKey}\r\nConnection: close\r\n\r\n`,
  )

  expect(await client.closed).toMatch(/^HTTP\/1\.1 200 /)
})

test('the description names every path and method, and no others', async () => {
  const { text } = await call(running, 'GET', '/api/v1/openapi.yaml')
  const described = [...text.matchAll(/^ {2}(\/[^:\n]+):\n((?: {4}.*\n| *\n)*)/gm)].map(([, path = '', block = '']) => {
    const methods = [...block.matchAll(/^ {4}(get|post|put|delete):/gm)].map(([, method = '']) => method.toUpperCase())
    return { path: path.replace('{id}', '1'), methods }
  })

  for (const { path, methods } of described) {
    const { headers } = await call(running, 'OPTIONS', path, { headers: { 'X-API-Key': running.secretKey } })
    const allowed = headers
      .get('Allow')
      ?.split(', ')
      .filter((method) => method !== 'HEAD')
    expect([path, allowed]).toEqual([path, methods])
  }
  expect(described.map(({ path }) => path)).toEqual([
    ...new Set(PATHS.map(({ path }) => path.replace(/\/$/, ''))),
    '/api/v1/openapi.yaml',
  ])
})

test('the description can be read without a key', async () => {
  const answer = await call(running, 'GET', '/api/v1/openapi.yaml')

  expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'application/yaml; charset=utf-8'])
  expect(answer.text).toMatch(/^openapi: 3/)
})

test('a database out of reach is a 503 in plain text, a bug a 500 that tells nothing, a full store a 507', async () => {
  let failure: Error = unavailable('The database is out of reach.')
  const broken = await service({
    wrap: (context: UpkeepContext) => ({
      ...context,
      assets: withMethod(context.assets, 'list', () => () => Promise.reject(failure)),
      storage: withMethod(
        context.storage,
        'put',
        () => () => Promise.reject(new KeepsakeError('STORAGE_FULL', 'There is no room.')),
      ),
    }),
  })
  const down = await ask(broken, 'GET', '/assets')
  failure = new Error('SQLITE_CORRUPT: /var/lib/keepsake.db')
  const bug = await ask(broken, 'GET', '/assets')
  const full = await ask(broken, 'POST', '/assets', form({ name: 'a', content: 'x' }))

  expect([down.status, down.text, down.headers.get('Retry-After')]).toEqual([503, 'The database is out of reach.', '1'])
  expect(bug.status).toBe(500)
  expect(bug.text).not.toMatch(/SQLITE|keepsake\.db|\bat /)
  expect([full.status, full.text]).toEqual([507, 'There is no room.'])
  expect([down, bug, full].map(({ headers }) => headers.get('Content-Type'))).toEqual([TEXT, TEXT, TEXT])
  expect(await settledLeftovers(broken)).toEqual({ alive: 0, files: 0 })
})

describe('a refusal reaches a client that is still sending', () => {
  const big = 'x'.repeat(3_000_000)
  let small: Service

  beforeAll(async () => {
    small = await service({ settings: { maxUploadBytes: 100_000 } })
    await create(small, { name: 'a.css', content: 'a' })
  })

  test.each<{
    what: string
    method: string
    path: string
    key?: string
    body: () => NonNullable<RequestInit['body']>
    type?: string
    status: number
  }>([
    {
      what: 'a file that is too large',
      method: 'POST',
      path: '/assets',
      body: () => form({ file: { file: big, name: 'a' } }),
      status: 400,
    },
    {
      what: 'a new content that is too large',
      method: 'PUT',
      path: '/assets/1',
      body: () => form({ file: { file: big, name: 'a' } }),
      status: 400,
    },
    {
      what: 'a text that is too large',
      method: 'POST',
      path: '/assets',
      body: () => form({ name: 'a', content: big }),
      status: 400,
    },
    {
      what: 'JSON that is too large',
      method: 'POST',
      path: '/assets',
      body: () => JSON.stringify({ name: 'a', content: big }),
      type: 'application/json',
      status: 400,
    },
    {
      what: 'a urlencoded body that is too large',
      method: 'PUT',
      path: '/assets/1',
      body: () => `content=${big}`,
      type: 'application/x-www-form-urlencoded',
      status: 400,
    },
    {
      what: 'an asset that is unknown',
      method: 'PUT',
      path: '/assets/77',
      body: () => form({ file: { file: big, name: 'a' } }),
      status: 400,
    },
    {
      what: 'a body of no known type',
      method: 'POST',
      path: '/assets',
      body: () => big,
      type: 'text/plain',
      status: 400,
    },
    {
      what: 'a key that is unknown',
      method: 'POST',
      path: '/assets',
      key: 'None',
      body: () => form({ file: { file: big, name: 'a' } }),
      status: 401,
    },
    { what: 'a method that is not there', method: 'PATCH', path: '/assets', body: () => big, status: 405 },
  ])('for $what', async ({ method, path, key, body, type, status }) => {
    const before = await everything(small)
    const headers = { ...(key && { 'X-API-Key': key }), ...(type && { 'Content-Type': type }) }
    const answer = await ask(small, method, path, body(), headers)

    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([status, TEXT])
    expect(await everything(small)).toBe(before)
  })

  test('for a body in chunks that goes on and on, and nothing of it is kept', async () => {
    const client = await rawClient(small)
    const key = `X-API-Key: ${small.secretKey}`
    client.send(`POST /api/v1/assets HTTP/1.1\r\nHost: x\r\n${key}\r\n${FORM}\r\nTransfer-Encoding: chunked\r\n\r\n`)
    client.send(chunk(filePart('a.txt')))
    const dripping = setInterval(() => client.send(chunk('x'.repeat(32_768))), 5)
    const answer = await client.until(/exceeds 100000 bytes/)
    clearInterval(dripping)
    client.socket.destroy()

    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect((await list(small)).totalEntries).toBe(1)
    expect((await settledLeftovers(small)).files).toBe(1)
  })
})

test('curl that asks first is told to go on, or refused before it sends', async () => {
  const body = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="content"\r\n\r\nhello\r\n--${BOUNDARY}\r\nContent-Disposition: form-data; name="name"\r\n\r\nasked.css\r\n--${BOUNDARY}--\r\n`
  const head = (key: string) =>
    `POST /api/v1/assets HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\n${FORM}\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`
  const [asking, refused] = [await rawClient(running), await rawClient(running)]
  asking.send(head(running.secretKey))
  await asking.until(/^HTTP\/1\.1 100 Continue/)
  asking.send(body)
  refused.send(head('None'))

  expect(await asking.closed).toMatch(/\{"id":"\d+"\}$/)
  expect(await refused.until(/ApiKey/)).toMatch(/^HTTP\/1\.1 401 /)
  refused.socket.destroy()
})

test('a client that leaves in the middle of a replacement leaves the old bytes', async () => {
  const before = await everything(running)
  const client = await rawClient(running)
  client.send(
    `PUT /api/v1/assets/1 HTTP/1.1\r\nHost: x\r\nX-API-Key: ${running.secretKey}\r\n${FORM}\r\nContent-Length: 1000000\r\n\r\n`,
  )
  client.send(filePart('a.css', 'x'.repeat(100_000)))
  await new Promise((resolve) => setTimeout(resolve, 50))
  client.socket.destroy()
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const asset = await running.context.assets.findByNumber(running.owner.project.id, 1)
    if (asset && asset.version > 2 && asset.incoming.length === 0) break
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const asset = await running.context.assets.findByNumber(running.owner.project.id, 1)

  expect(asset?.incoming).toEqual([])
  expect(await everything(running)).toBe(before)
})
