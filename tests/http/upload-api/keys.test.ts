import { type Service, service } from '../../support/service.ts'
import { call, formOf, upload } from '../../support/wire.ts'

let running: Service

beforeAll(async () => {
  running = await service()
})

/** Every path that takes a secret key, in the way in which it is called. */
const SECRET_ONLY = [
  ['POST', '/asset/upload/persist'],
  ['GET', '/asset'],
  ['GET', '/asset/temp_x'],
  ['DELETE', '/asset/temp_x'],
  ['GET', '/health'],
] as const

/** Those that take any key of the project. */
const ANY_KEY = [
  ['GET', '/asset/upload/temp'],
  ['POST', '/asset/upload/temp'],
  ['DELETE', '/asset/upload/temp/temp_x'],
] as const

const PATHS = [...SECRET_ONLY, ...ANY_KEY]

describe.each(PATHS)('%s %s', (method, path) => {
  test.each([
    { header: undefined, code: 'KEY_MISSING' },
    { header: 'Bearer ', code: 'KEY_MISSING' },
    { header: 'Bearer', code: 'KEY_MISSING' },
    { header: 'Basic c2s6', code: 'KEY_MISSING' },
    { header: 'Bearer None', code: 'KEY_UNKNOWN' },
    { header: `Bearer sk_${'x'.repeat(48)}`, code: 'KEY_UNKNOWN' },
    { header: `Bearer pk_${'x'.repeat(48)}`, code: 'KEY_UNKNOWN' },
    { header: 'Bearer sk_short', code: 'KEY_UNKNOWN' },
    { header: 'Bearer two words', code: 'KEY_UNKNOWN' },
  ])('answers $code to Authorization: $header', async ({ header, code }) => {
    const answer = await call(running, method, path, { headers: header === undefined ? {} : { Authorization: header } })

    expect(answer).toMatchObject({ status: 401, body: { status: 401, code } })
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer')
  })

  test('does not look at other headers, the query or cookies for a key', async () => {
    const answer = await call(running, method, `${path}?key=${running.secretKey}&access_token=${running.secretKey}`, {
      headers: { 'X-API-Key': running.secretKey, Cookie: `key=${running.secretKey}` },
    })

    expect(answer.body.code).toBe('KEY_MISSING')
  })
})

test.each(SECRET_ONLY)('%s %s refuses a public key before it looks at anything else', async (method, path) => {
  const answer = await call(running, method, `${path}?nonsense=1`, {
    key: running.publicKey,
    ...(method === 'POST' && { body: 'no json' }),
  })

  expect(answer).toMatchObject({ status: 403, body: { code: 'SECRET_KEY_REQUIRED' } })
  expect(answer.headers.get('WWW-Authenticate')).toBeNull()
})

test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('the scheme may be written %s', async (scheme) => {
  const answer = await call(running, 'GET', '/asset', {
    headers: { Authorization: `${scheme}   ${running.secretKey}  ` },
  })

  expect(answer.status).toBe(200)
})

test.each(['secretKey', 'publicKey'] as const)('a %s may upload', async (key) => {
  const answer = await call(running, 'POST', '/asset/upload/temp', { key: running[key], body: formOf('hello') })

  expect(answer.status).toBe(201)
})

test('the keys of another project see, persist, drop and delete nothing of this one', async () => {
  const tempId = await upload(running)
  const { stranger } = running
  const body = JSON.stringify({ tempAssetId: tempId })

  expect((await call(running, 'GET', `/asset/${tempId}`, { key: stranger.secretKey })).status).toBe(404)
  expect((await call(running, 'POST', '/asset/upload/persist', { key: stranger.secretKey, body })).status).toBe(404)
  expect((await call(running, 'GET', '/asset?state=temporary', { key: stranger.secretKey })).body.assets).toEqual([])
  expect((await call(running, 'DELETE', `/asset/upload/temp/${tempId}`, { key: stranger.publicKey })).status).toBe(204)
  expect((await call(running, 'DELETE', `/asset/${tempId}`, { key: stranger.secretKey })).status).toBe(204)
  expect((await call(running, 'GET', `/asset/upload/temp/${tempId}`)).text).toBe('hello')
})
