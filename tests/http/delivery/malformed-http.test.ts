import { rawClient } from '../../support/raw-client.ts'
import { type Service, service } from '../../support/service.ts'

let running: Service

beforeAll(async () => {
  running = await service({ settings: { cdnBaseUrl: 'https://cdn.example.com/media' } })
})

async function answerTo(sent: string): Promise<string> {
  const client = await rawClient(running)
  client.send(sent)
  return client.closed
}

const BASES = ['/cdn/', '/media/']

describe.each(BASES)('what is no HTTP request under %s', (base) => {
  const path = `${base}uploads/2024/01/15/a.txt`

  test.each([
    { what: 'no host', sent: `GET ${path} HTTP/1.1\r\nConnection: close\r\n\r\n`, status: 400 },
    { what: 'a raw letter', sent: `GET ${path}?ü HTTP/1.1\r\nHost: x\r\n\r\n`, status: 400 },
    { what: 'a space', sent: `GET ${base}a b.txt HTTP/1.1\r\nHost: x\r\n\r\n`, status: 400 },
    {
      what: 'a length that is none',
      sent: `GET ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n`,
      status: 400,
    },
    {
      what: 'headers that are too long',
      sent: `GET ${path} HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      status: 431,
    },
  ])('may be read by any page: $what', async ({ sent, status }) => {
    const [head = '', text = ''] = (await answerTo(sent)).split('\r\n\r\n')

    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(head).toMatch(/^Access-Control-Allow-Origin: \*\r$/m)
    expect(head).toMatch(/^Cache-Control: no-store\r$/m)
    expect(JSON.parse(text)).toMatchObject({ status, code: 'BODY_INVALID' })
  })

  test.each(['FOO', 'get', 'X-READ'])('the method %s is not possible here', async (method) => {
    const [head = '', text = ''] = (await answerTo(`${method} ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)).split('\r\n\r\n')

    expect(head).toMatch(/^HTTP\/1\.1 405 /)
    expect(head).toMatch(/^Allow: GET, HEAD\r$/m)
    expect(head).toMatch(/^Access-Control-Allow-Origin: \*\r$/m)
    expect(JSON.parse(text)).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' })
  })

  test('what follows a reading in one piece is not told that reading is impossible', async () => {
    const answer = await answerTo(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n`)

    expect(answer).not.toContain(' 405 ')
  })
})

test('other paths are not for any page, and know no unknown method either', async () => {
  const answer = await answerTo('FOO /asset?/cdn/ HTTP/1.1\r\nHost: x\r\n\r\n')

  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(answer).not.toContain('Access-Control')
})
