import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ask, contentOf, create, entry, type FormValue, form, list } from '../../support/entries.ts'
import { leftovers } from '../../support/leftovers.ts'
import { type Service, service } from '../../support/service.ts'
import { call } from '../../support/wire.ts'

const PHOTO = readFileSync(join(import.meta.dirname, '../../fixtures/photo.png'))

let running: Service

beforeAll(async () => {
  running = await service()
  await ask(running, 'POST', '/folders', form({ path: 'img/icons' }))
})

const JSON_TYPE = { 'Content-Type': 'application/json' }
const URLENCODED = { 'Content-Type': 'application/x-www-form-urlencoded' }

describe('a new asset', () => {
  test('has all its members, in order, and its text is at its cdn_url', async () => {
    const answer = await ask(running, 'POST', '/assets', form({ name: 'Test.CSS', content: 'html{background:#FFF}' }))
    const id = Number(answer.body.id)
    const made = await entry(running, id)

    expect(answer.text).toBe(JSON.stringify({ id: String(id) }))
    expect(answer.headers.get('Content-Type')).toMatch(/^application\/json\b/)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(answer.headers.get('X-Request-Id')).toMatch(/^[\w.-]+$/)
    expect(Object.entries(made ?? {})).toEqual([
      ['id', id],
      ['created_at', '2024-01-15T10:30:00.000Z'],
      ['updated_at', '2024-01-15T10:30:00.000Z'],
      ['name', 'Test.CSS'],
      ['folder', ''],
      ['image', false],
      ['video', false],
      ['script', false],
      ['style', true],
      ['text', false],
      ['width', null],
      ['height', null],
      ['url', null],
      ['async', false],
      ['defer', false],
      ['cdn_url', expect.stringMatching(new RegExp(`^${running.url}/cdn/files/[0-9a-f]{24}/Test\\.CSS$`))],
    ])
    expect(await contentOf(running, id)).toBe('html{background:#FFF}')
  })

  test('with a file has the size of its image, unless the client says another', async () => {
    const plain = await create(running, { name: '1.png', file: { file: PHOTO, name: 'photo.png' } })
    const said = await create(running, {
      name: '2.png',
      file: { file: PHOTO, name: 'photo.png' },
      width: '1000',
      height: '0',
    })

    expect(await entry(running, plain)).toMatchObject({ image: true, width: expect.any(Number), url: null })
    expect(await entry(running, said)).toMatchObject({ image: true, width: 1000, height: 0 })
  })

  test('may be as wide and high as a whole number can be', async () => {
    const most = Number.MAX_SAFE_INTEGER
    const body = JSON.stringify({ name: 'json-wide.svg', content: 'x', width: most })
    const form = await create(running, {
      name: 'wide.svg',
      content: 'x',
      width: String(most),
      height: '1000000000000000',
    })
    const json = Number((await ask(running, 'POST', '/assets', body, JSON_TYPE)).body.id)

    expect(await entry(running, form)).toMatchObject({ width: most, height: 1e15 })
    expect(await entry(running, json)).toMatchObject({ width: most })
    expect((await list(running, `?width=${most}`)).entries.map(({ id }) => id)).toEqual([form, json])
  })

  test.each<{ order: string; parts: [string, FormValue][] }>([
    {
      order: 'before',
      parts: [
        ['name', 'before.js'],
        ['folder', '/img/icons/'],
        ['defer', 't'],
        ['file', { file: 'let a', name: 'own.txt' }],
      ],
    },
    {
      order: 'after',
      parts: [
        ['file', { file: 'let a', name: 'own.txt' }],
        ['name', 'after.js'],
        ['folder', 'img/icons'],
        ['defer', '1'],
      ],
    },
  ])('takes the fields that come $order its file', async ({ order, parts }) => {
    const answer = await ask(running, 'POST', '/assets', form(parts))
    const id = Number(answer.body.id)

    expect(await entry(running, id)).toMatchObject({
      name: `${order}.js`,
      folder: 'img/icons',
      script: true,
      text: false,
      defer: true,
      async: false,
    })
    expect(await contentOf(running, id)).toBe('let a')
  })

  test.each([
    { sent: 'own name.txt', shown: 'own name.txt' },
    { sent: 'C:\\dir\\e\u0301.txt', shown: 'é.txt' },
  ])('without a name has that of its file: $sent', async ({ sent, shown }) => {
    const id = await create(running, { file: { file: 'x', name: sent } })

    expect(await entry(running, id)).toMatchObject({ name: shown, text: true })
  })

  test('with a url is a hotlink: it is never fetched, and its cdn_url leads there', async () => {
    const url = `${running.url}/would-be-seen-in-the-log`
    const id = await create(running, { name: 'site.css', url })

    expect(await entry(running, id)).toMatchObject({ style: true, url, width: null })
    expect(await contentOf(running, id)).toBe(`302 ${url}`)
    expect(running.logged.filter(({ data }) => data?.path === '/would-be-seen-in-the-log')).toEqual([])
  })

  test.each([
    {
      encoding: 'JSON',
      body: JSON.stringify({ name: 'json.css', content: 'a{}', async: true, width: 7 }),
      type: JSON_TYPE,
    },
    {
      encoding: 'JSON with nulls',
      body: JSON.stringify({
        name: 'nulls.css',
        content: 'a{}',
        async: true,
        width: 7,
        url: null,
        folder: null,
        height: null,
      }),
      type: JSON_TYPE,
    },
    {
      encoding: 'JSON with a charset',
      body: JSON.stringify({ name: 'cs.css', content: 'a{}', async: 'true', width: '7' }),
      type: { 'Content-Type': 'Application/JSON; charset=UTF-8' },
    },
    { encoding: 'urlencoded', body: 'name=url.css&content=a%7B%7D&async=t&width=7', type: URLENCODED },
  ])('may come as $encoding', async ({ body, type }) => {
    const answer = await ask(running, 'POST', '/assets', body, type)
    const id = Number(answer.body.id)

    expect(answer.text).toBe(`{"id":"${id}"}`)
    expect(await entry(running, id)).toMatchObject({ style: true, async: true, width: 7, height: null, url: null })
    expect(await contentOf(running, id)).toBe('a{}')
  })

  test('with an empty content is an empty file', async () => {
    const id = await create(running, { name: 'empty.txt', content: '' })

    expect(await contentOf(running, id)).toBe('')
  })

  test('with an empty file is one too', async () => {
    const id = await create(running, { name: 'empty2.txt', file: { file: '', name: 'x' } })

    expect(await contentOf(running, id)).toBe('')
  })

  test('takes the last value of a field that is repeated, and passes over columns that do not exist', async () => {
    const answer = await ask(
      running,
      'POST',
      '/assets',
      form([
        ['name', 'first.css'],
        ['width', 'abc'],
        ['content', 'one'],
        ['name', 'last.css'],
        ['width', '12'],
        ['content', 'two'],
        ['country', 'US'],
        ['__proto__', 'x'],
        ['cdn_url', 'x'],
      ]),
    )
    const id = Number(answer.body.id)

    expect(await entry(running, id)).toMatchObject({ name: 'last.css', width: 12 })
    expect(await contentOf(running, id)).toBe('two')
  })

  test('may be given kinds that its name does not tell', async () => {
    const id = await create(running, {
      name: 'kinds.css',
      content: '',
      style: 'f',
      script: 'true',
      text: '1',
      image: '0',
    })

    expect(await entry(running, id)).toMatchObject({
      style: false,
      script: true,
      text: true,
      image: false,
      video: false,
    })
  })

  test.each([
    ['a.css', 'style'],
    ['a.JS', 'script'],
    ['a.mjs', 'script'],
    ['a.tiff', 'image'],
    ['a.ico', 'image'],
    ['a.mov', 'video'],
    ['a.md', 'text'],
    ['a.htm', 'text'],
    ['a.zip', undefined],
    ['.css', undefined],
    ['css', undefined],
    ['a.b.webp', 'image'],
  ])('named %s is a %s', async (name, kind) => {
    const made = await entry(running, await create(running, { name, url: 'https://example.com/' }))
    const kinds = ['image', 'video', 'script', 'style', 'text'].filter((column) => made?.[column] === true)

    expect(kinds).toEqual(kind ? [kind] : [])
  })

  test('is an asset of the other API too, with a key and a url; a hotlink is not', async () => {
    const local = await create(running, { name: 'both.txt', content: 'both' })
    const remote = await create(running, { name: 'remote.txt', url: 'https://example.com/remote.txt' })
    const idOf = async (id: number) => /files\/([0-9a-f]{24})\//.exec(String((await entry(running, id))?.cdn_url))?.[1]
    const key = running.secretKey
    const shown = await call(running, 'GET', `/asset/${await idOf(local)}`, { key })
    const listed = await call(running, 'GET', '/asset?limit=100', { key })

    expect(shown.body.asset).toMatchObject({
      key: 'uploads/2024/01/15/both.txt',
      name: 'both.txt',
      size: 4,
      type: 'text/plain',
      state: 'persisted',
      tempAssetId: null,
      url: `${running.url}/cdn/uploads/2024/01/15/both.txt`,
    })
    expect(listed.text).toContain('uploads/2024/01/15/both.txt')
    expect(listed.text).not.toContain('remote.txt')
    expect((await call(running, 'GET', `/asset/${await idOf(remote)}`, { key })).status).toBe(404)
  })
})

describe('a text of 8 MiB', () => {
  const MAX = 8 * 1024 * 1024
  let roomy: Service

  beforeAll(async () => {
    roomy = await service()
  })

  test.each([
    {
      encoding: 'multipart',
      send: (name: string, content: string) => ask(roomy, 'POST', '/assets', form({ name, content })),
    },
    {
      encoding: 'JSON',
      send: (name: string, content: string) =>
        ask(roomy, 'POST', '/assets', JSON.stringify({ name, content }), JSON_TYPE),
    },
    {
      encoding: 'urlencoded',
      send: (name: string, content: string) => ask(roomy, 'POST', '/assets', new URLSearchParams({ name, content })),
    },
  ])(
    'is taken as $encoding, and one byte more is not',
    async ({ encoding, send }) => {
      const text = 'é'.repeat(MAX / 2)
      const taken = await send(`max-${encoding}.txt`, text)
      const before = await list(roomy)
      const refused = await send(`over-${encoding}.txt`, `${text}x`)

      expect([taken.status, refused.status]).toEqual([200, 400])
      expect(refused.text).toBe(`content exceeds ${MAX} bytes; send larger text as file`)
      expect((await contentOf(roomy, Number(taken.body.id))).length).toBe(MAX / 2)
      expect(await list(roomy)).toEqual(before)
    },
    60_000,
  )

  test('may be escaped as long as JSON and urlencoding can make it', async () => {
    const json = `{"name":"nul.json","content":"${'\\u0001'.repeat(MAX)}"}`
    const urlencoded = `name=nul.url&content=${'%01'.repeat(MAX)}`

    expect((await ask(roomy, 'POST', '/assets', json, JSON_TYPE)).status).toBe(200)
    expect((await ask(roomy, 'POST', '/assets', urlencoded, URLENCODED)).status).toBe(200)
  }, 60_000)

  test('is too long where uploads may have less', async () => {
    const small = await service({ settings: { maxUploadBytes: 1000 } })

    expect((await ask(small, 'POST', '/assets', form({ name: 'a', content: 'x'.repeat(1000) }))).status).toBe(200)
    for (const body of [
      form({ name: 'b', content: 'x'.repeat(1001) }),
      form({ name: 'b', file: { file: 'x'.repeat(1001), name: 'b' } }),
    ]) {
      const refused = await ask(small, 'POST', '/assets', body)
      expect([refused.status, refused.headers.get('Content-Type')]).toEqual([400, 'text/plain; charset=utf-8'])
    }
    expect((await list(small)).totalEntries).toBe(1)
    expect((await leftovers(small)).files).toBe(1)
  })
})

test('of many that want one name at once, exactly one is made; many that want their own are all made', async () => {
  const busy = await service()
  const one = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      ask(
        busy,
        'POST',
        '/assets',
        form(
          index % 2
            ? { name: 'one.css', content: String(index) }
            : { name: 'one.css', file: { file: String(index), name: 'a' } },
        ),
      ),
    ),
  )
  const many = await Promise.all(
    Array.from({ length: 50 }, (_, index) => create(busy, { name: `${index}.css`, content: `${index}` })),
  )

  expect(one.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(400)])
  expect(new Set(many).size).toBe(50)
  expect((await list(busy)).totalEntries).toBe(51)
  for (const id of many.slice(0, 5)) expect(`${await contentOf(busy, id)}.css`).toBe((await entry(busy, id))?.name)
})
