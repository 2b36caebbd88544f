import { ask, create, entry, form, list } from '../../support/entries.ts'
import { type Service, service } from '../../support/service.ts'
import { call, persist, upload } from '../../support/wire.ts'

let running: Service

beforeAll(async () => {
  running = await service()
  await ask(running, 'POST', '/folders', form({ path: 'css' }))
  await create(running, { name: 'a.css', folder: 'css', content: 'a', width: '100' })
  running.wait(1000)
  await create(running, { name: 'B.js', content: 'b', async: 't', height: '9' })
  running.wait(1000)
  await create(running, { name: 'c,d.png', url: 'https://example.com/c.png', width: '9' })
  await create(running, { name: 'ä.txt', content: '' })
})

async function names(query: string): Promise<unknown[]> {
  return (await list(running, query)).entries.map(({ name }) => name)
}

const ALL = ['a.css', 'B.js', 'c,d.png', 'ä.txt']

test.each<[string, string[]]>([
  ['', ALL],
  ['?id=2', ['B.js']],
  ['?id=2.0', ['B.js']],
  ['?id.gt=2&id.lte=3', ['c,d.png']],
  ['?id.in=1,4', ['a.css', 'ä.txt']],
  ['?id.between=2,3', ['B.js', 'c,d.png']],
  ['?id.between=3,2', []],
  ['?name=a.css', ['a.css']],
  ['?name=A.css', []],
  ['?name.gt=B.js', ['a.css', 'c,d.png', 'ä.txt']],
  ['?name.in=a.css,B.js', ['a.css', 'B.js']],
  ['?name.in=c%2Cd.png', []],
  ['?name=c%2Cd.png', ['c,d.png']],
  ['?name=%C3%A4.txt', ['ä.txt']],
  ['?folder=css', ['a.css']],
  ['?folder=', ['B.js', 'c,d.png', 'ä.txt']],
  ['?width.gt=9', ['a.css']],
  ['?width.gte=9', ['a.css', 'c,d.png']],
  ['?width.lt=100', ['c,d.png']],
  ['?height=9', ['B.js']],
  ['?url=https://example.com/c.png', ['c,d.png']],
  ['?url.gt=', ['c,d.png']],
  ['?style=t', ['a.css']],
  ['?async=true', ['B.js']],
  ['?async=0&text=f', ['a.css', 'c,d.png']],
  ['?created_at=2024-01-15T10:30:00.000Z', ['a.css']],
  ['?created_at.gt=2024-01-15T10:30:00.000Z', ['B.js', 'c,d.png', 'ä.txt']],
  ['?created_at.gt=2020-02-03', ALL],
  ['?created_at.between=2020-02-03,2020-03-01', []],
  ['?updated_at.lte=2024-01-15T11:30:01%2B01:00', ['a.css', 'B.js']],
  ['?name=a.css&name=B.js', ['B.js']],
])('%s finds %j', async (query, found) => {
  expect(await names(query)).toEqual(found)
})

test.each([
  ['?width.gt=abc', 'width.gt must be a number'],
  ['?id=abc', 'id must be a number'],
  ['?width=', 'width must be a number'],
  ['?id.in=1,,2', 'id.in must be a number'],
  ['?created_at=2020-02-30', 'created_at must be a date, like 2020-02-03 or 2020-02-03T17:16:00.485Z'],
  ['?updated_at.gt=', 'updated_at.gt must be a date, like 2020-02-03 or 2020-02-03T17:16:00.485Z'],
  ['?image=yes', 'image must be t or f'],
  ['?image=', 'image must be t or f'],
  ['?image.in=t', 'image.in is not possible: this column takes no modifier'],
  ['?name.like=a', 'name.like has an unknown modifier; there are gt, gte, lt, lte, between, in'],
  ['?id.between=1', 'id.between must be two values with a comma between them'],
  ['?id.between=1,2,3', 'id.between must be two values with a comma between them'],
])('%s is refused: %s', async (query, says) => {
  const answer = await ask(running, 'GET', `/assets${query}`)

  expect([answer.status, answer.text]).toEqual([400, says])
  expect(answer.headers.get('Content-Type')).toBe('text/plain; charset=utf-8')
})

test.each([
  ['?country.in=US,CA&mobile=t', 'country.in, mobile'],
  ['?name[$ne]=x', 'name%5B%24ne%5D'],
  ['?name[$gt]=&cdn_url=x&page=1', 'name%5B%24gt%5D, cdn_url'],
  ['?%C3%A4%0D%0AX:1=1', '%C3%A4%0D%0AX%3A1'],
  ['?__proto__=1&constructor=2', '__proto__, constructor'],
  [`?${'x'.repeat(1500)}=1`, 'x'.repeat(1000)],
])('%s is ignored and named', async (query, ignored) => {
  const answer = await ask(running, 'GET', `/assets${query}`)

  expect(answer.body).toMatchObject({ totalEntries: 4 })
  expect(answer.headers.get('X-Ignored-Filters')).toBe(ignored)
})

test.each([
  ['', 1],
  ['?page=1', 1],
  ['?page=0', 1],
  ['?page=-3', 1],
  ['?page=abc', 1],
  ['?page=1.5', 1],
  ['?page=', 1],
  ['?page=3&page=1', 1],
])('the page of %j is %d', async (query, page) => {
  const answer = await ask(running, 'GET', `/assets${query}`)

  expect(answer.body).toMatchObject({ totalEntries: 4, page, totalPages: 1 })
  expect(answer.body.entries).toHaveLength(4)
  expect(answer.headers.get('X-Ignored-Filters')).toBeNull()
})

test.each(['2', '9007199254740993', '1'.padEnd(25, '0')])('page %s is past the end, and echoed', async (page) => {
  const answer = await ask(running, 'GET', `/assets?page=${page}`)

  expect(Object.keys(answer.body)).toEqual(['entries', 'totalEntries', 'page', 'totalPages'])
  expect(answer.body).toEqual({ entries: [], totalEntries: 4, page: Number(page), totalPages: 1 })
})

test('a hundred entries make a page, totals count what the filters leave, and an empty account has one page', async () => {
  const many = await service()
  expect(await list(many)).toEqual({ entries: [], totalEntries: 0, page: 1, totalPages: 1 })
  for (let batch = 0; batch < 5; batch += 1) {
    await Promise.all(
      Array.from({ length: 41 }, (_, index) =>
        create(many, { name: `${batch}-${index}.css`, url: 'https://a.b', width: String(batch) }),
      ),
    )
  }
  const pages = [
    await list(many),
    await list(many, '?page=2'),
    await list(many, '?page=3'),
    await list(many, '?page=4'),
  ]
  const ids = pages.flatMap(({ entries }) => entries.map(({ id }) => Number(id)))

  expect(pages.map(({ entries }) => entries.length)).toEqual([100, 100, 5, 0])
  expect(pages.map(({ totalPages, totalEntries }) => [totalPages, totalEntries])).toEqual(Array(4).fill([3, 205]))
  expect(ids).toEqual([...ids].sort((a, b) => a - b))
  expect(await list(many, '?width.gte=3')).toMatchObject({ totalEntries: 82, totalPages: 1 })
  expect(await list(many, '?width.lt=3&page=2')).toMatchObject({ totalEntries: 123, totalPages: 2, page: 2 })
})

test('GET of one entry is what the list shows; HEAD is as long and has no body; a trailing slash is tolerated', async () => {
  const one = await ask(running, 'GET', '/assets/2')
  const head = await ask(running, 'HEAD', '/assets')
  const all = await ask(running, 'GET', '/assets/')

  expect(one.body).toEqual(await entry(running, 2))
  expect([head.status, head.text]).toEqual([200, ''])
  expect(head.headers.get('Content-Length')).toBe(String(Buffer.byteLength(all.text)))
  expect((await ask(running, 'GET', '/assets/2/')).text).toBe(one.text)
})

describe('an asset that was persisted by the upload API', () => {
  test('is listed in the folder of its key, under the last part of it', async () => {
    const first = await persist(running, await upload(running, 'one', 'é photo.css'))
    const second = await persist(running, await upload(running, 'two', 'é photo.css'))
    const { entries } = await list(running, '?folder=uploads/2024/01/15&name.gt=e-')
    const folders = await ask(running, 'GET', '/folders')

    expect(entries[0]).toMatchObject({ name: 'e-photo.css', folder: 'uploads/2024/01/15', style: true, url: null })
    expect(entries[1]).toMatchObject({ name: expect.stringMatching(/^e-photo-\w{6}\.css$/) })
    expect([first.status, second.status]).toEqual([200, 200])
    expect(folders.text).toContain('"path":"uploads/2024/01/15"')
    expect(entries.every(({ created_at, updated_at }) => created_at === updated_at)).toBe(true)
  })

  test('keeps its key and url when it is renamed and moved; the name changes in both', async () => {
    const { body } = await persist(running, await upload(running, 'kept', 'kept.css'))
    const { asset } = JSON.parse(JSON.stringify(body))
    const [listed] = (await list(running, '?name=kept.css')).entries
    await ask(running, 'PUT', `/assets/${listed?.id}`, form({ name: 'renamed.txt' }))
    await ask(running, 'PUT', `/assets/${listed?.id}`, form({ folder: '' }))
    const shown = await call(running, 'GET', `/asset/${asset._id}`, { key: running.secretKey })
    const now = await entry(running, Number(listed?.id))

    expect(shown.body.asset).toMatchObject({
      key: asset.key,
      url: asset.url,
      name: 'renamed.txt',
      updatedAt: now?.updated_at,
    })
    expect(now).toMatchObject({ name: 'renamed.txt', folder: '' })
    expect(await (await fetch(asset.url)).text()).toBe('kept')
  })

  test('gets its suffix where its place is taken, also by an asset that was moved there', async () => {
    const id = await create(running, { name: 'placed.txt', content: 'first' })
    await ask(running, 'PUT', `/assets/${id}`, form({ folder: 'uploads/2024/01/15' }))
    const { status, body } = await persist(running, await upload(running, 'second', 'placed.txt'))

    expect(status).toBe(200)
    expect(body.asset).toMatchObject({ name: 'placed.txt', key: expect.stringMatching(/placed-\w{6}\.txt$/) })
  })

  test('is gone from both when either deletes it; its number is never given again', async () => {
    const { body } = await persist(running, await upload(running, 'x', 'crossing.txt'))
    const { asset } = JSON.parse(JSON.stringify(body))
    const [listed] = (await list(running, '?name=crossing.txt')).entries
    const made = await create(running, { name: 'crossing-2.txt', content: 'x' })
    const madeId = /files\/(\w{24})/.exec(String((await entry(running, made))?.cdn_url))?.[1]

    expect((await ask(running, 'DELETE', `/assets/${listed?.id}`)).text).toBe('true')
    expect((await call(running, 'GET', `/asset/${asset._id}`, { key: running.secretKey })).status).toBe(404)
    expect((await fetch(asset.url)).status).toBe(404)
    expect((await call(running, 'DELETE', `/asset/${madeId}`, { key: running.secretKey })).status).toBe(204)
    expect((await ask(running, 'DELETE', `/assets/${made}`)).status).toBe(400)
    expect(await create(running, { name: 'crossing-3.txt', content: 'x' })).toBeGreaterThan(made)
  })
})
