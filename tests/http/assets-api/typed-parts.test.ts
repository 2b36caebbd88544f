import { ask, contentOf, create, entry } from '../../support/entries.ts'
import { type Service, service } from '../../support/service.ts'

let running: Service
let names = 0

beforeAll(async () => {
  running = await service()
})

function fresh(): Promise<number> {
  names += 1
  return create(running, { name: `fresh-${names}.css`, content: 'old' })
}

describe('an update by a part that is typed as no text', () => {
  test('of the content may give it a type that is no text: it is no file without a file name', async () => {
    const id = await fresh()
    const part =
      'Content-Disposition: form-data; name="content"\r\nContent-Type: application/octet-stream\r\n\r\nthe new'
    const answer = await ask(running, 'PUT', `/assets/${id}`, `--B\r\n${part}\r\n--B--\r\n`, {
      'Content-Type': 'multipart/form-data; charset=utf-8; boundary="B"',
    })

    expect([answer.status, answer.text]).toEqual([200, 'true'])
    expect(await contentOf(running, id)).toBe('the new')
  })

  test('takes the last of several values, whatever types they have', async () => {
    const id = await fresh()
    const typed =
      'Content-Disposition: form-data; name="content"\r\nContent-Type: application/octet-stream\r\n\r\nfirst'
    const plain = 'Content-Disposition: form-data; name="content"\r\n\r\nlast'
    const answer = await ask(running, 'PUT', `/assets/${id}`, `--B\r\n${typed}\r\n--B\r\n${plain}\r\n--B--\r\n`, {
      'Content-Type': 'multipart/form-data; boundary=B',
    })

    expect(answer.status).toBe(200)
    expect(await contentOf(running, id)).toBe('last')
  })

  test('refuses such a content that is too long', async () => {
    const id = await fresh()
    const part = 'Content-Disposition: form-data; name="content"\r\nContent-Type: application/octet-stream\r\n\r\n'
    const answer = await ask(
      running,
      'PUT',
      `/assets/${id}`,
      `--B\r\n${part}${'x'.repeat(8 * 1024 * 1024 + 1)}\r\n--B--\r\n`,
      { 'Content-Type': 'multipart/form-data; boundary=B' },
    )

    expect([answer.status, answer.text]).toEqual([400, 'content exceeds 8388608 bytes; send larger text as file'])
    expect(await contentOf(running, id)).toBe('old')
  })
})

test('a file without a name is called file, unless a name is sent along', async () => {
  const file = 'Content-Disposition: form-data; name="file"; filename=""\r\n\r\nnameless'
  const name = 'Content-Disposition: form-data; name="name"\r\n\r\nnamed.txt'
  const post = (parts: readonly string[]) =>
    ask(running, 'POST', '/assets', `${parts.map((part) => `--B\r\n${part}\r\n`).join('')}--B--\r\n`, {
      'Content-Type': 'multipart/form-data; boundary=B',
    })

  const ids = [await post([file]), await post([name, file])].map(({ body }) => Number(body.id))

  expect(await entry(running, ids[0] ?? 0)).toMatchObject({ name: 'file' })
  expect(await entry(running, ids[1] ?? 0)).toMatchObject({ name: 'named.txt' })
  for (const id of ids) expect(await contentOf(running, id)).toBe('nameless')
})

test('a long text behind an input without a file is taken whole', async () => {
  const id = await fresh()
  const content = 'x'.repeat(300_000)
  const parts = ['name="file"; filename=""\r\nContent-Type: application/octet-stream', 'name="content"']
  const [file, text] = parts.map((part) => `--B\r\nContent-Disposition: form-data; ${part}\r\n\r\n`)
  const answer = await ask(running, 'PUT', `/assets/${id}`, `${file}\r\n${text}${content}\r\n--B--\r\n`, {
    'Content-Type': 'multipart/form-data; boundary=B',
  })

  expect(answer.status).toBe(200)
  expect(await contentOf(running, id)).toBe(content)
})
