import { type Service, service } from '../../support/service.ts'
import { call } from '../../support/wire.ts'

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
