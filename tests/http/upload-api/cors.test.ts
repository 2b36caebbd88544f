import { type Service, service } from '../../support/service.ts'
import { call, upload } from '../../support/wire.ts'

const ORIGIN = 'https://app.example.com'
const EXPOSED = 'Retry-After, X-Request-Id, Location, Date'

let open: Service
let listed: Service

beforeAll(async () => {
  open = await service()
  listed = await service({ corsOrigins: [ORIGIN, 'http://localhost:5173'] })
})

/** Whatever becomes of a request under `/asset/upload/temp`. */
const UNDER_TEMP = [
  ['GET', '/asset/upload/temp'],
  ['POST', '/asset/upload/temp'],
  ['PUT', '/asset/upload/temp'],
  ['GET', '/asset/upload/temp/temp_unknown'],
  ['DELETE', '/asset/upload/temp/temp_unknown'],
  ['PATCH', '/asset/upload/temp/temp_unknown'],
  ['GET', '/asset/upload/temp/%zz'],
  ['GET', '/asset/upload/temp/a/b'],
] as const

describe.each(UNDER_TEMP)('%s %s', (method, path) => {
  test('can be read by a page of any origin, error or not', async () => {
    const { headers } = await call(open, method, path, { headers: { Origin: ORIGIN } })

    expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(headers.get('Access-Control-Expose-Headers')).toBe(EXPOSED)
    expect(headers.get('Access-Control-Allow-Credentials')).toBeNull()
  })

  test('can be read by the origins that are listed, and by no other', async () => {
    const known = await call(listed, method, path, { headers: { Origin: ORIGIN } })
    const unknown = await call(listed, method, path, { headers: { Origin: 'https://evil.example.com' } })
    const none = await call(listed, method, path)

    expect(known.headers.get('Access-Control-Allow-Origin')).toBe(ORIGIN)
    expect(unknown.headers.get('Access-Control-Allow-Origin')).toBeNull()
    for (const { headers } of [known, unknown, none]) expect(headers.get('Vary')).toContain('Origin')
  })

  test('is preceded by a preflight that allows whatever headers are asked for', async () => {
    const answer = await call(open, 'OPTIONS', path, {
      headers: {
        Origin: ORIGIN,
        'Access-Control-Request-Method': method,
        'Access-Control-Request-Headers': 'authorization,x-requested-with,cache-control',
      },
    })

    expect([answer.status, answer.text]).toEqual([204, ''])
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(answer.headers.get('Access-Control-Allow-Methods')).toBe('GET, HEAD, POST, DELETE')
    expect(answer.headers.get('Access-Control-Allow-Headers')).toBe('authorization,x-requested-with,cache-control')
    expect(answer.headers.get('Access-Control-Max-Age')).toBe('7200')
  })
})

test('an upload and its bytes can be read by a page', async () => {
  const tempId = await upload(open)
  const { headers } = await call(open, 'GET', `/asset/upload/temp/${tempId}`, { headers: { Origin: ORIGIN } })

  expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
})

test.each([
  ['POST', '/asset/upload/persist'],
  ['GET', '/asset'],
  ['GET', '/asset/x'],
  ['DELETE', '/asset/x'],
  ['GET', '/health'],
  ['GET', '/nothing'],
  ['GET', '/asset/upload/temporary'],
] as const)('%s %s sends no CORS headers, not even to a preflight', async (method, path) => {
  const asked = {
    Origin: ORIGIN,
    'Access-Control-Request-Method': method,
    'Access-Control-Request-Headers': 'authorization',
  }
  for (const answer of [
    await call(open, method, path, { headers: { Origin: ORIGIN } }),
    await call(open, method, path, { key: open.secretKey, headers: { Origin: ORIGIN } }),
    await call(open, 'OPTIONS', path, { headers: asked }),
  ]) {
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
  }
})
