import { type Service, service } from '../../support/service.ts'
import { assetOf, call, type Outgoing, persist, upload } from '../../support/wire.ts'

const DAY = 24 * 60 * 60 * 1000
const UNKNOWN = 'temp_5nQ0cW2xV8rJ1kLzT7bYpA'

let running: Service

beforeAll(async () => {
  running = await service()
})

const post = (outgoing: Outgoing) =>
  call(running, 'POST', '/asset/upload/persist', { key: running.secretKey, ...outgoing })

test('a persist answers with twelve members, always all of them', async () => {
  const uploaded = await upload(running, 'hello', 'image one.txt')
  const before = assetOf(await call(running, 'GET', `/asset/${uploaded}`, { key: running.secretKey }))
  running.wait(1000)
  const now = running.context.now().toISOString()
  const answer = await persist(running, uploaded)
  const asset = assetOf(answer)

  expect(answer.status).toBe(200)
  expect(answer.headers.get('Cache-Control')).toBe('no-store')
  expect(Object.keys(answer.body)).toEqual(['asset'])
  expect(asset).toEqual({
    _id: before._id,
    bucket: 'keepsake',
    key: expect.stringMatching(/^uploads\/2024\/01\/15\/image-one[\w-]*\.txt$/),
    name: 'image one.txt',
    size: 5,
    type: 'text/plain',
    createdAt: now,
    updatedAt: now,
    projectId: before.projectId,
    url: `${running.url}/cdn/${asset.key}`,
    expiresAt: null,
    userId: before.userId,
  })
  expect(await (await fetch(String(asset.url))).text()).toBe('hello')
})

test('repeated and concurrent persists answer with the same asset', async () => {
  const tempId = await upload(running)
  const answers = await Promise.all(Array.from({ length: 8 }, () => persist(running, tempId)))
  running.wait(2 * DAY)
  answers.push(await persist(running, tempId))

  expect(answers.map(({ status }) => status)).toEqual(Array(9).fill(200))
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
})

test('files of one name get keys and urls of their own, and keep the name', async () => {
  const assets = []
  for (let index = 0; index < 3; index += 1)
    assets.push(assetOf(await persist(running, await upload(running, 'x', 'same.png'))))

  expect(new Set(assets.map(({ key }) => key)).size).toBe(3)
  expect(new Set(assets.map(({ url }) => url)).size).toBe(3)
  expect(assets.map(({ name }) => name)).toEqual(['same.png', 'same.png', 'same.png'])
})

test.each([
  ['application/json'],
  ['application/json; charset=utf-8'],
  ['application/json;charset=UTF-8'],
  ['application/json; charset="utf8"'],
  ['APPLICATION/JSON'],
  [''],
  ['text/plain'],
])('the body is JSON when its type is %j', async (type) => {
  const body = new Uint8Array(
    Buffer.from(JSON.stringify({ tempAssetId: await upload(running), more: { extra: true } })),
  )
  const answer = await post({ body, headers: type ? { 'Content-Type': type } : {} })

  expect(answer.status).toBe(200)
})

test.each<{ body: string; param?: string }>([
  { body: '' },
  { body: '{' },
  { body: 'tempAssetId=temp_abc' },
  { body: 'null' },
  { body: '[]' },
  { body: '"temp_abc"' },
  { body: '17' },
  { body: '\ufeff' },
  { body: '{}', param: 'tempAssetId' },
  { body: '{"tempAssetId":null}', param: 'tempAssetId' },
  { body: '{"tempAssetId":""}', param: 'tempAssetId' },
  { body: '{"tempAssetId":5}', param: 'tempAssetId' },
  { body: '{"tempAssetId":["temp_abc"]}', param: 'tempAssetId' },
  { body: '{"tempAssetId":{"$gt":""}}', param: 'tempAssetId' },
  { body: '{"tempassetid":"temp_abc"}', param: 'tempAssetId' },
  { body: '{"__proto__":{"tempAssetId":"temp_abc"}}', param: 'tempAssetId' },
  { body: '{"tempAssetId":"temp_abc","tempAssetIds":["temp_abc"]}', param: 'tempAssetIds' },
  { body: '{"tempAssetIds":[]}', param: 'tempAssetIds' },
  { body: '{"tempAssetIds":null}', param: 'tempAssetIds' },
  { body: '{"tempAssetIds":"temp_abc"}', param: 'tempAssetIds' },
  { body: '{"tempAssetIds":["temp_abc",""]}', param: 'tempAssetIds' },
  { body: '{"tempAssetIds":["temp_abc",7]}', param: 'tempAssetIds' },
  { body: JSON.stringify({ tempAssetIds: Array(101).fill('temp_abc') }), param: 'tempAssetIds' },
  { body: '{"tempAssetId":"temp_abc","subject":"user-1"}', param: 'subject' },
  { body: '{"tempAssetId":"temp_abc","private":false}', param: 'private' },
  { body: '{"tempAssetIds":["temp_abc"],"subject":null}', param: 'subject' },
])('the body $body is refused', async ({ body, param }) => {
  const answer = await post({ body, headers: { 'Content-Type': 'application/json' } })

  expect(answer).toMatchObject({ status: 400, body: { code: 'BODY_INVALID' } })
  expect(answer.body.param).toBe(param)
})

test('a body that is not UTF-8, is compressed, or claims another charset is refused', async () => {
  const json = Buffer.from(JSON.stringify({ tempAssetId: UNKNOWN }))
  const wrong = [
    { body: new Uint8Array([...json.subarray(0, -2), 0xff, ...json.subarray(-2)]), headers: {} },
    { body: new Uint8Array(json), headers: { 'Content-Encoding': 'gzip' } },
    { body: new Uint8Array(json), headers: { 'Content-Type': 'application/json; charset=utf-16' } },
  ]
  for (const outgoing of wrong) expect((await post(outgoing)).body.code).toBe('BODY_INVALID')
})

test('a body may have 1 MiB and no more', async () => {
  const tempId = await upload(running)
  const sized = (size: number) => JSON.stringify({ tempAssetId: tempId, pad: 'x'.repeat(size - tempId.length - 27) })
  const exact = sized(1024 * 1024)

  expect(exact.length).toBe(1024 * 1024)
  expect((await post({ body: exact })).status).toBe(200)
  for (const size of [1024 * 1024 + 1, 3 * 1024 * 1024]) {
    expect(await post({ body: sized(size) })).toMatchObject({ status: 413, body: { code: 'BODY_TOO_LARGE' } })
  }
})

test('every id that cannot be persisted answers alike, and the id is not repeated', async () => {
  const dropped = await upload(running)
  await call(running, 'DELETE', `/asset/upload/temp/${dropped}`, { key: running.publicKey })
  const deleted = await upload(running)
  const { _id } = assetOf(await persist(running, deleted))
  await call(running, 'DELETE', `/asset/${_id}`, { key: running.secretKey })
  const late = await upload(running)
  running.wait(DAY)
  const fresh = await upload(running)
  const bodies = []
  for (const id of [
    UNKNOWN,
    'x',
    ' ',
    String(_id),
    '\u0000',
    `${fresh}\u0000`,
    `${fresh}\u0000zz`,
    `\u0000${fresh}`,
    '\ud800',
    'x'.repeat(100_000),
    "' OR 1=1 --",
    dropped,
    deleted,
    late,
  ]) {
    const { status, body, text } = await persist(running, id)
    expect(status).toBe(404)
    if (id.length > 3) expect(text).not.toContain(id)
    bodies.push({ ...body, requestId: '' })
  }

  expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1)
  expect(bodies[0]).toMatchObject({ code: 'ASSET_NOT_FOUND' })
  expect(await call(running, 'GET', `/asset/upload/temp/${fresh}`)).toMatchObject({ status: 200, text: 'hello' })
})

describe('a batch', () => {
  const batch = (tempAssetIds: readonly string[]) => post({ body: JSON.stringify({ tempAssetIds }) })

  test('is answered in the order asked, an id that is named twice twice', async () => {
    const [one, two] = [await upload(running, '1', 'one.txt'), await upload(running, '2', 'two.txt')]
    const answer = await batch([two, one, two])

    expect(answer.status).toBe(200)
    expect(Object.keys(answer.body)).toEqual(['assets'])
    expect(answer.body.assets).toMatchObject([{ name: 'two.txt' }, { name: 'one.txt' }, { name: 'two.txt' }])
    for (const asset of [answer.body.assets].flat()) expect(Object.keys(Object(asset)).length).toBe(12)
  })

  test('of a hundred is persisted', async () => {
    const ids = await Promise.all(Array.from({ length: 100 }, () => upload(running, 'x', 'many.txt')))

    expect((await batch(ids)).body.assets).toHaveLength(100)
  })

  test('with one that is unknown keeps nothing and names what failed', async () => {
    const [one, two] = [await upload(running), await upload(running)]
    const answer = await batch([one, UNKNOWN, two, 'nonsense'])

    expect(answer).toMatchObject({
      status: 404,
      body: { code: 'ASSET_NOT_FOUND', tempAssetIds: [UNKNOWN, 'nonsense'] },
    })
    for (const id of [one, two]) {
      const asset = assetOf(await call(running, 'GET', `/asset/${id}`, { key: running.secretKey }))
      expect(asset.state).toBe('temporary')
    }
  })

  test('of ids that go on behind a NUL is refused, and both are named', async () => {
    const id = await upload(running)
    const asked = [`${id}\u0000a`, `${id}\u0000b`]

    expect(await batch(asked)).toMatchObject({ status: 404, body: { tempAssetIds: asked } })
    expect(await batch([id, `${id}\u0000`])).toMatchObject({ status: 404, body: { tempAssetIds: [`${id}\u0000`] } })
    expect(assetOf(await call(running, 'GET', `/asset/${id}`, { key: running.secretKey })).state).toBe('temporary')
  })
})
