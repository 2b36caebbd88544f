import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runUpkeep } from '@keepsake/shared/operations/upkeep/run-upkeep'
import { ask, contentOf, create, entry, everything, type FormValue, form, list } from '../../support/entries.ts'
import { leftovers } from '../../support/leftovers.ts'
import { type Service, service } from '../../support/service.ts'

const FIXTURES = join(import.meta.dirname, '../../fixtures')
const PHOTO = readFileSync(join(FIXTURES, 'photo.png'))
const URLENCODED = { 'Content-Type': 'application/x-www-form-urlencoded' }
const JSON_TYPE = { 'Content-Type': 'application/json' }

let running: Service
let names = 0

beforeAll(async () => {
  running = await service()
  await ask(running, 'POST', '/folders', form({ path: 'there' }))
})

/** An asset with a name of its own. */
async function fresh(parts: Record<string, FormValue> = { content: 'old' }, extension = 'css'): Promise<number> {
  names += 1
  return create(running, { name: `fresh-${names}.${extension}`, ...parts })
}

function put(id: number, parts: Record<string, FormValue> | [string, FormValue][]) {
  return ask(running, 'PUT', `/assets/${id}`, form(parts))
}

describe('an update', () => {
  test('of the content changes the bytes at once, says true, and moves updated_at', async () => {
    const id = await fresh()
    const before = await entry(running, id)
    const answer = await put(id, { content: 'new' })

    expect([answer.status, answer.text]).toEqual([200, 'true'])
    expect(answer.headers.get('Content-Type')).toMatch(/^application\/json\b/)
    expect(answer.headers.get('Content-Length')).toBe('4')
    expect(await contentOf(running, id)).toBe('new')
    expect(await entry(running, id)).toEqual({ ...before, updated_at: '2024-01-15T10:30:00.001Z' })
  })

  test('by a file changes the bytes and not the name', async () => {
    const id = await fresh()
    const before = await entry(running, id)
    const answer = await put(id, { file: { file: 'from a file', name: 'other.js' } })

    expect(answer.text).toBe('true')
    expect(await contentOf(running, id)).toBe('from a file')
    expect(await entry(running, id)).toMatchObject({ name: before?.name, style: true, script: false })
  })

  test('of the bytes finds width and height anew, unless they are sent along', async () => {
    const id = await fresh({ file: { file: PHOTO, name: 'a.png' }, width: '1', height: '2' }, 'png')

    await put(id, { file: { file: PHOTO, name: 'a.png' } })
    const detected = await entry(running, id)
    await put(id, { file: { file: PHOTO, name: 'a.png' }, height: '7' })
    const said = await entry(running, id)
    await put(id, { content: 'no image' })
    const none = await entry(running, id)

    expect(detected?.width).toBeGreaterThan(2)
    expect(said).toMatchObject({ width: detected?.width, height: 7 })
    expect(none).toMatchObject({ width: null, height: null })
  })

  test('with an empty width or height takes it away', async () => {
    const id = await fresh({ content: 'x', width: '5', height: '6' })

    expect((await put(id, { width: '' })).text).toBe('true')
    expect(await entry(running, id)).toMatchObject({ width: null, height: 6 })
    expect((await ask(running, 'PUT', `/assets/${id}`, '{"height":null}', JSON_TYPE)).text).toBe('true')
    expect(await entry(running, id)).toMatchObject({ width: null, height: null })
  })

  test('of flags keeps bytes, name and the other flags', async () => {
    const id = await fresh({ content: 'x', async: 't' })

    expect((await put(id, { defer: 'true', text: '1' })).text).toBe('true')
    expect(await entry(running, id)).toMatchObject({ async: true, defer: true, text: true, style: true })
    expect(await contentOf(running, id)).toBe('x')
  })

  test('of the name alone renames, finds all kinds anew, and keeps bytes and addresses', async () => {
    const id = await fresh({ content: 'x', image: 't', async: 't' })
    const before = await entry(running, id)
    const answer = await put(id, { name: 'renamed.JS' })
    const after = await entry(running, id)

    expect(answer.text).toBe('true')
    expect(after).toMatchObject({ name: 'renamed.JS', script: true, style: false, image: false, async: true })
    expect(String(after?.cdn_url)).toBe(String(before?.cdn_url).replace(/[^/]+$/, 'renamed.JS'))
    expect(await contentOf(running, id)).toBe('x')
    expect(await (await fetch(String(before?.cdn_url))).text()).toBe('x')
  })

  test('of the folder alone moves, and back to the root', async () => {
    const id = await fresh()

    expect((await put(id, { folder: '/there/' })).text).toBe('true')
    expect(await entry(running, id)).toMatchObject({ folder: 'there' })
    expect((await put(id, { folder: '' })).text).toBe('true')
    expect(await entry(running, id)).toMatchObject({ folder: '' })
  })

  test('that repeats name and folder is no rename and no move', async () => {
    const id = await fresh()
    const before = await entry(running, id)
    const same = { name: String(before?.name), folder: '' }

    expect((await put(id, same)).text).toBe('true')
    expect(await entry(running, id)).toEqual(before)
    expect((await put(id, { ...same, content: 'with it', width: '3' })).text).toBe('true')
    expect(await entry(running, id)).toMatchObject({ name: before?.name, width: 3 })
    expect(await contentOf(running, id)).toBe('with it')
  })

  test('by a url makes a hotlink and lets the bytes go; content and file make it local again', async () => {
    const id = await fresh()
    const { cdn_url } = (await entry(running, id)) ?? {}
    const files = async () => (await leftovers(running)).files
    const before = await files()

    expect((await put(id, { url: 'https://example.com/a.css' })).text).toBe('true')
    expect(await contentOf(running, id)).toBe('302 https://example.com/a.css')
    expect(await files()).toBe(before - 1)
    expect((await put(id, { content: 'local' })).text).toBe('true')
    expect(await entry(running, id)).toMatchObject({ url: null, cdn_url })
    expect(await contentOf(running, id)).toBe('local')
    await put(id, { url: 'https://example.com/b.css' })
    await put(id, { file: { file: 'a file', name: 'x' } })
    expect(await contentOf(running, id)).toBe('a file')
    expect(await files()).toBe(before)
  })

  test.each<{ what: string; body: string; headers: Record<string, string> }>([
    { what: 'urlencoded', body: 'content=new+text', headers: URLENCODED },
    { what: 'JSON', body: '{"content":"new text"}', headers: JSON_TYPE },
  ])('may come $what', async ({ body, headers }) => {
    const id = await fresh()

    expect((await ask(running, 'PUT', `/assets/${id}`, body, headers)).text).toBe('true')
    expect(await contentOf(running, id)).toBe('new text')
  })
})

describe('an update without an id in its path', () => {
  const file = { file: 'general', name: 'x' }

  test.each<{ what: string; parts: (id: string) => [string, FormValue][]; query?: (id: string) => string }>([
    {
      what: 'before the content',
      parts: (id) => [
        ['id', id],
        ['content', 'general'],
      ],
    },
    {
      what: 'after the content',
      parts: (id) => [
        ['content', 'general'],
        ['id', id],
      ],
    },
    {
      what: 'before the file',
      parts: (id) => [
        ['id', id],
        ['file', file],
      ],
    },
    {
      what: 'after the file',
      parts: (id) => [
        ['file', file],
        ['id', id],
      ],
    },
    { what: 'in the query', parts: () => [['file', file]], query: (id) => `?id=${id}` },
    {
      what: 'in both',
      parts: (id) => [
        ['file', file],
        ['id', id],
      ],
      query: (id) => `?id=${id}`,
    },
  ])('takes it from the form or the query: $what', async ({ parts, query = () => '' }) => {
    const id = await fresh()
    const answer = await ask(running, 'PUT', `/assets${query(String(id))}`, form(parts(String(id))))

    expect([answer.status, answer.text]).toEqual([200, 'true'])
    expect(await contentOf(running, id)).toBe('general')
    await runUpkeep(running.context, AbortSignal.timeout(10_000))
    expect(await contentOf(running, id)).toBe('general')
  })

  test('renames by an id and a name', async () => {
    const id = await fresh()

    expect((await ask(running, 'PUT', '/assets', `{"id":${id},"name":"general.css"}`, JSON_TYPE)).text).toBe('true')
    expect(await entry(running, id)).toMatchObject({ name: 'general.css' })
  })

  test.each<{ what: string; path: (id: number) => string; parts: (id: number) => [string, FormValue][] }>([
    { what: 'no id', path: () => '/assets', parts: () => [['content', 'x']] },
    { what: 'no id for a file', path: () => '/assets', parts: () => [['file', file]] },
    {
      what: 'an empty id',
      path: () => '/assets',
      parts: () => [
        ['content', 'x'],
        ['id', ''],
      ],
    },
    {
      what: 'a word',
      path: () => '/assets',
      parts: () => [
        ['content', 'x'],
        ['id', 'null'],
      ],
    },
    {
      what: 'two that differ',
      path: (id) => `/assets?id=${id}`,
      parts: (id) => [
        ['content', 'x'],
        ['id', String(id - 1)],
      ],
    },
    { what: 'two in the query', path: (id) => `/assets?id=${id}&id=${id - 1}`, parts: () => [['content', 'x']] },
    {
      what: 'another than the path',
      path: (id) => `/assets/${id}`,
      parts: (id) => [
        ['id', String(id - 1)],
        ['file', file],
      ],
    },
    {
      what: 'another than the path, after the file',
      path: (id) => `/assets/${id}`,
      parts: (id) => [
        ['file', file],
        ['id', String(id - 1)],
      ],
    },
    {
      what: 'another than it said before',
      path: () => '/assets',
      parts: (id) => [
        ['id', String(id)],
        ['file', file],
        ['id', String(id - 1)],
      ],
    },
    {
      what: 'another than the path in the query',
      path: (id) => `/assets/${id}?id=${id - 1}`,
      parts: () => [['content', 'x']],
    },
    {
      what: 'unknown',
      path: () => '/assets',
      parts: () => [
        ['file', file],
        ['id', '999999'],
      ],
    },
  ])('is refused with $what', async ({ path, parts }) => {
    await fresh()
    const id = await fresh()
    const before = await everything(running)
    const { files } = await leftovers(running)
    const answer = await ask(running, 'PUT', path(id), form(parts(id)))

    expect(answer.status).toBe(400)
    expect(answer.headers.get('Content-Type')).toBe('text/plain; charset=utf-8')
    expect(await everything(running)).toBe(before)
    expect((await leftovers(running)).files).toBe(files)
  })

  test('of nothing but an id is refused', async () => {
    const id = await fresh()

    expect(await ask(running, 'PUT', '/assets', form({ id: String(id) }))).toMatchObject({
      status: 400,
      text: 'there is nothing to update',
    })
  })
})

describe('a refused update changes nothing:', () => {
  const file = { file: 'x', name: 'x.txt' }
  const ALONE = 'no other updates are accepted when renaming an asset'
  const MOVED = 'no other updates are accepted when moving an asset'
  const EXCLUSIVE = 'content, url and file are mutually exclusive'
  let id: number

  beforeAll(async () => {
    id = await fresh()
    await create(running, { name: 'occupied.css', content: 'x' })
    await create(running, { name: 'occupied.css', folder: 'there', content: 'x' })
  })

  test.each<{ what: string; parts: Record<string, FormValue> | [string, FormValue][]; says: string }>([
    { what: 'name and width', parts: { name: 'n.css', width: '5' }, says: ALONE },
    { what: 'name and content', parts: { name: 'n.css', content: 'x' }, says: ALONE },
    { what: 'name and file', parts: { name: 'n.css', file }, says: ALONE },
    { what: 'file and name', parts: { file, name: 'n.css' }, says: ALONE },
    { what: 'name and url', parts: { name: 'n.css', url: 'https://a.b' }, says: ALONE },
    { what: 'name and a flag', parts: { name: 'n.css', async: 't' }, says: ALONE },
    { what: 'name and folder', parts: { name: 'n.css', folder: 'there' }, says: ALONE },
    { what: 'folder and an empty height', parts: { folder: 'there', height: '' }, says: MOVED },
    { what: 'folder and file', parts: { folder: 'there', file }, says: MOVED },
    { what: 'content and file', parts: { content: 'x', file }, says: EXCLUSIVE },
    { what: 'file and url', parts: { file, url: 'https://a.b' }, says: EXCLUSIVE },
    { what: 'content and url', parts: { content: 'x', url: 'https://a.b' }, says: EXCLUSIVE },
    { what: 'created_at', parts: { created_at: '2020-01-01' }, says: 'created_at cannot be set' },
    { what: 'updated_at and content', parts: { updated_at: '', content: 'x' }, says: 'updated_at cannot be set' },
    { what: 'an empty url', parts: { url: '' }, says: 'url must be an http or https address' },
    { what: 'an empty name', parts: { name: '' }, says: 'name must not be empty' },
    { what: 'a bad name', parts: { name: 'a/b' }, says: 'name must not contain a slash or a backslash' },
    { what: 'a taken name', parts: { name: 'occupied.css' }, says: 'Another asset has that name in that folder.' },
    { what: 'no such folder', parts: { folder: 'nowhere' }, says: 'there is no such folder' },
    { what: 'a bad folder', parts: { folder: 'a//b' }, says: 'folder must not contain empty segments' },
    {
      what: 'a width beyond all numbers',
      parts: { width: '9007199254740992' },
      says: 'width must be a non-negative integer',
    },
    { what: 'a bad width', parts: { width: '-1' }, says: 'width must be a non-negative integer' },
    { what: 'a bad height beside a file', parts: { file, height: 'x' }, says: 'height must be a non-negative integer' },
    { what: 'a bad boolean', parts: { defer: 'maybe' }, says: 'defer must be true or false' },
    { what: 'an empty boolean', parts: { defer: '' }, says: 'defer must be true or false' },
    { what: 'only unknown columns', parts: { country: 'US' }, says: 'there is nothing to update' },
    { what: 'a file that is text', parts: { file: 'text' }, says: 'file must be an uploaded file' },
    {
      what: 'two files',
      parts: [
        ['file', file],
        ['file', file],
      ],
      says: 'Send one file in each request.',
    },
    { what: 'a file of another name', parts: { upload: file }, says: 'send the file in the field file' },
  ])('$what', async ({ parts, says }) => {
    const before = await everything(running)
    const answer = await put(id, parts)

    expect([answer.status, answer.text]).toEqual([400, says])
    expect(await everything(running)).toBe(before)
  })

  test('a move to where the name is taken', async () => {
    const [occupied] = (await list(running, '?name=occupied.css&folder=')).entries
    const before = await everything(running)

    expect((await put(Number(occupied?.id), { folder: 'there' })).status).toBe(400)
    expect(await everything(running)).toBe(before)
  })

  test.each(['id', 'created_at', 'updated_at'])('%s of null', async (column) => {
    const before = await everything(running)
    const body = JSON.stringify({ content: 'x', [column]: null })
    const answers = [
      await ask(running, 'PUT', `/assets/${id}`, body, JSON_TYPE),
      await ask(running, 'PUT', `/assets?id=${id}`, body, JSON_TYPE),
    ]

    expect(answers.map(({ status }) => status)).toEqual([400, 400])
    expect(answers.map(({ text }) => text)).toEqual(Array(2).fill(expect.stringMatching(`^${column} cannot be `)))
    expect(await everything(running)).toBe(before)
  })

  test.each(['PUT', 'POST'])('%s without a body', async (method) => {
    const before = await everything(running)
    const answer = await ask(running, method, method === 'PUT' ? `/assets/${id}` : '/assets')

    expect(answer.status).toBe(400)
    expect(await everything(running)).toBe(before)
  })

  test.each(['0', '-1', '1.5', 'abc', '01', '1e2', '9'.repeat(40), 'null', '%zz', '999999', '__proto__', '%31%2f2'])(
    'the id %s',
    async (wrong) => {
      const before = await everything(running)
      const answers = [
        await ask(running, 'PUT', `/assets/${wrong}`, form({ content: 'x' })),
        await ask(running, 'PUT', `/assets/${wrong}`, form({ file })),
        await ask(running, 'DELETE', `/assets/${wrong}`),
        await ask(running, 'GET', `/assets/${wrong}`),
      ]

      expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400])
      expect(answers.map(({ headers }) => headers.get('Content-Type'))).toEqual(
        Array(4).fill('text/plain; charset=utf-8'),
      )
      expect(await everything(running)).toBe(before)
    },
  )

  test("an asset of another project's", async () => {
    const strange = { 'X-API-Key': running.stranger.secretKey }
    const before = await everything(running)
    const answers = [
      await ask(running, 'PUT', `/assets/${id}`, form({ content: 'x' }), strange),
      await ask(running, 'PUT', `/assets/${id}`, form({ name: 'stolen.css' }), strange),
      await ask(running, 'DELETE', `/assets/${id}`, undefined, strange),
      await ask(running, 'GET', `/assets/${id}`, undefined, strange),
    ]

    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400])
    expect((await ask(running, 'GET', '/assets', undefined, strange)).body).toMatchObject({
      entries: [],
      totalPages: 1,
    })
    expect(await everything(running)).toBe(before)
  })
})

describe('of concurrent changes', () => {
  test('to one name exactly one wins', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, () => fresh()))
    const answers = await Promise.all(ids.map((id) => put(id, { name: 'contested.css' })))

    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(11).fill(400)])
    expect((await list(running, '?name=contested.css')).totalEntries).toBe(1)
  })

  test('of one asset each is whole: a rename, numbers, flags and bytes all arrive', async () => {
    const id = await fresh()
    const answers = await Promise.all([
      put(id, { name: 'whole.css' }),
      put(id, { width: '3' }),
      put(id, { async: 't' }),
      put(id, { folder: 'there' }),
      ...Array.from({ length: 10 }, (_, index) => put(id, { content: `${index}`, width: '3' })),
    ])

    expect(answers.map(({ text }) => text)).toEqual(answers.map(() => 'true'))
    expect(await entry(running, id)).toMatchObject({ name: 'whole.css', folder: 'there', async: true, width: 3 })
    expect(await contentOf(running, id)).toMatch(/^\d$/)
  })

  test('that delete it exactly one succeeds, and nothing of it is left', async () => {
    const id = await fresh()
    const { files } = await leftovers(running)
    const { cdn_url } = (await entry(running, id)) ?? {}
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask(running, 'DELETE', `/assets/${id}`)))

    expect(answers.map(({ text }) => text).filter((text) => text === 'true')).toHaveLength(1)
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(11).fill(400)])
    expect((await ask(running, 'DELETE', `/assets/${id}`)).status).toBe(400)
    expect((await put(id, { content: 'x' })).status).toBe(400)
    expect((await fetch(String(cdn_url))).status).toBe(404)
    expect((await leftovers(running)).files).toBe(files - 1)
  })
})
