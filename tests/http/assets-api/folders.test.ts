import type { UpkeepContext } from '@keepsake/shared/ports/context'
import { ask, create, everything, form } from '../../support/entries.ts'
import { type Service, service } from '../../support/service.ts'
import { withMethod } from '../../support/with-method.ts'

let running: Service

beforeAll(async () => {
  running = await service()
})

async function folders(query = '') {
  const { body } = await ask(running, 'GET', `/folders${query}`)
  const page: { entries: { id: number; path: string; created_at: string }[] } = JSON.parse(JSON.stringify(body))
  return page.entries
}

async function make(path: string): Promise<string> {
  const answer = await ask(running, 'POST', '/folders', form({ path }))
  if (answer.status !== 200) throw new Error(answer.text)
  return String(answer.body.id)
}

test('a folder is made with those above it, and listed by id', async () => {
  const answer = await ask(running, 'POST', '/folders', form({ path: '/img/icons/small/' }))
  const listed = await ask(running, 'GET', '/folders')

  expect(answer.text).toMatch(/^\{"id":"\d+"\}$/)
  expect(listed.body).toEqual({
    entries: ['img', 'img/icons', 'img/icons/small'].map((path) => ({
      id: expect.any(Number),
      path,
      created_at: '2024-01-15T10:30:00.000Z',
    })),
    totalEntries: 3,
    page: 1,
    totalPages: 1,
  })
  const ids = (await folders()).map(({ id }) => id)
  expect(ids).toEqual([...ids].sort((a, b) => a - b))
})

test('one that exists answers with its id, also of many at once', async () => {
  const ids = await Promise.all(Array.from({ length: 10 }, () => make('same/place')))

  expect(new Set(ids).size).toBe(1)
  expect(await make('/same/place')).toBe(ids[0])
  expect((await folders()).filter(({ path }) => path === 'same/place')).toHaveLength(1)
})

test.each([
  ['JSON', '{"path":"json"}', 'application/json'],
  ['urlencoded', 'path=urlencoded', 'application/x-www-form-urlencoded'],
])('may be made by %s', async (_, body, type) => {
  const answer = await ask(running, 'POST', '/folders', body, { 'Content-Type': type })

  expect(answer.text).toMatch(/^\{"id":"\d+"\}$/)
})

test.each(['', '/', '///', '..', 'a/../b', 'a//b', 'a/./b', 'a\u0000b', 'a\nb', 'x'.repeat(2000)])(
  'the path %j is refused',
  async (path) => {
    const before = await everything(running)
    const answer = await ask(running, 'POST', '/folders', form({ path }))

    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([400, 'text/plain; charset=utf-8'])
    expect(await everything(running)).toBe(before)
  },
)

test.each([
  ['no path', () => form({ name: 'a' })],
  ['a file', () => form({ path: 'withfile', file: { file: 'x', name: 'x' } })],
  ['no body', () => undefined],
])('%s is refused', async (_, body) => {
  const before = await everything(running)

  expect((await ask(running, 'POST', '/folders', body())).status).toBe(400)
  expect(await everything(running)).toBe(before)
})

test('an empty one is deleted, once', async () => {
  const id = await make('gone')
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask(running, 'DELETE', `/folders/${id}`)))

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400])
  expect(answers.find(({ status }) => status === 200)?.text).toBe('true')
  expect((await folders()).some(({ path }) => path === 'gone')).toBe(false)
  expect(await make('gone')).not.toBe(id)
})

test('one that holds an asset or a folder stays', async () => {
  const outer = await make('outer')
  const inner = await make('outer/inner')
  const id = await create(running, { name: 'a.css', folder: 'outer/inner', content: 'x' })
  const before = await everything(running)

  for (const folder of [outer, inner]) {
    expect(await ask(running, 'DELETE', `/folders/${folder}`)).toMatchObject({
      status: 400,
      text: 'the folder is not empty',
    })
  }
  expect(await everything(running)).toBe(before)
  await ask(running, 'DELETE', `/assets/${id}`)
  expect((await ask(running, 'DELETE', `/folders/${outer}`)).status).toBe(400)
  expect((await ask(running, 'DELETE', `/folders/${inner}`)).text).toBe('true')
  expect((await ask(running, 'DELETE', `/folders/${outer}`)).text).toBe('true')
})

test.each(['999999', 'abc', '0', '9'.repeat(40)])('there is none with the id %s', async (id) => {
  expect((await ask(running, 'DELETE', `/folders/${id}`)).status).toBe(400)
})

test("another project's folders are neither listed nor deleted", async () => {
  const id = await make('private')
  const strange = { 'X-API-Key': running.stranger.secretKey }

  expect((await ask(running, 'GET', '/folders', undefined, strange)).body).toEqual({
    entries: [],
    totalEntries: 0,
    page: 1,
    totalPages: 1,
  })
  expect((await ask(running, 'DELETE', `/folders/${id}`, undefined, strange)).status).toBe(400)
  expect(await make('private')).toBe(id)
})

test('an asset that comes into a folder while it is deleted brings it back', async () => {
  let comeIn = async (): Promise<unknown> => undefined
  const wrap = (context: UpkeepContext): UpkeepContext => {
    const folders = withMethod(context.folders, 'delete', (real) => async (projectId, id) => {
      await comeIn()
      return real(projectId, id)
    })
    return { ...context, folders }
  }
  const busy = await service({ wrap })
  const { body } = await ask(busy, 'POST', '/folders', form({ path: 'busy' }))
  comeIn = () => create(busy, { name: 'a.css', content: 'x', folder: 'busy' })

  expect((await ask(busy, 'DELETE', `/folders/${body.id}`)).status).toBe(200)
  expect((await ask(busy, 'GET', '/folders')).body).toMatchObject({ totalEntries: 1, entries: [{ path: 'busy' }] })
  await busy.close()
})
