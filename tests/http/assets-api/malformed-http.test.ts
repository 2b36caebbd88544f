import { everything } from '../../support/entries.ts'
import { chunk, FORM, filePart, rawClient, uploadHead, wholeForm } from '../../support/raw-client.ts'
import { type Service, service } from '../../support/service.ts'

let running: Service

beforeAll(async () => {
  running = await service()
})

const HOST = 'Host: x\r\n'

async function answerTo(sent: string): Promise<string> {
  const client = await rawClient(running)
  client.send(sent)
  return client.closed
}

/** What a refusal of this dialect looks like. */
function expectSentence(answer: string, status: number): void {
  const [head = '', text = ''] = answer.split('\r\n\r\n')

  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  expect(head).toMatch(/^X-Request-Id: [\w.-]+\r$/m)
  expect(head).toMatch(/^Content-Type: text\/plain; charset=utf-8\r$/m)
  expect(head).toMatch(/^Cache-Control: no-store\r$/m)
  expect(text).toMatch(/^[A-Z][^\n<{]+\.$/)
}

describe('what is no HTTP request is refused in one sentence:', () => {
  test.each([
    { what: 'no host', sent: 'GET /api/v1/assets HTTP/1.1\r\nConnection: close\r\n\r\n', status: 400 },
    { what: 'no host, not even a path', sent: 'GET /api/v1 HTTP/1.1\r\nConnection: close\r\n\r\n', status: 400 },
    { what: 'a raw letter in the query', sent: `GET /api/v1/assets?name=ü HTTP/1.1\r\n${HOST}\r\n`, status: 400 },
    { what: 'a space in the query', sent: `GET /api/v1/assets?name=a b HTTP/1.1\r\n${HOST}\r\n`, status: 400 },
    { what: 'a raw letter in the path', sent: `DELETE /api/v1/ü HTTP/1.1\r\n${HOST}\r\n`, status: 400 },
    {
      what: 'a target with scheme and host',
      sent: `GET http://x/api/v1/assets?name=ü HTTP/1.1\r\n${HOST}\r\n`,
      status: 400,
    },
    { what: 'a broken header', sent: `GET /api/v1?a HTTP/1.1\r\n${HOST}Broken header\r\n\r\n`, status: 400 },
    {
      what: 'a length that is none',
      sent: `POST /api/v1/assets HTTP/1.1\r\n${HOST}Content-Length: abc\r\n\r\n`,
      status: 400,
    },
    {
      what: 'a length and chunks',
      sent: `POST /api/v1/assets HTTP/1.1\r\n${HOST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      status: 400,
    },
    { what: 'an unknown method', sent: `FOO /api/v1/assets HTTP/1.1\r\n${HOST}\r\n`, status: 400 },
    {
      what: 'headers that are too long',
      sent: `GET /api/v1/assets HTTP/1.1\r\n${HOST}X: ${'x'.repeat(20_000)}\r\n\r\n`,
      status: 431,
    },
  ])('$what', async ({ sent, status }) => {
    expectSentence(await answerTo(sent), status)
  })

  test.each(['', 'Expect: 100-continue\r\n', 'Expect: miracles\r\n'])(
    'a chunk without a size in the middle of a file, under the name of the request (%j)',
    async (expectation) => {
      const before = await everything(running)
      const key = `X-API-Key: ${running.secretKey}\r\nX-Request-Id: mine`
      const client = await rawClient(running)
      client.send(
        `POST /api/v1/assets HTTP/1.1\r\n${HOST}${key}\r\n${expectation}${FORM}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      )
      client.send(chunk(filePart('a.txt', 'hello')))
      await new Promise((resolve) => setTimeout(resolve, 50))
      client.send('xyz\r\n')
      const answer = (await client.closed).replace('HTTP/1.1 100 Continue\r\n\r\n', '')

      expectSentence(answer, 400)
      expect(answer).toMatch(/^X-Request-Id: mine\r$/m)
      expect(await everything(running)).toBe(before)
    },
  )

  test('a body that breaks off in the packet of its headers', async () => {
    const head = `POST /api/v1/assets HTTP/1.1\r\n${HOST}X-API-Key: ${running.secretKey}\r\nContent-Type: application/json\r\n`

    expectSentence(await answerTo(`${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`), 400)
  })

  test('HEAD, without the sentence', async () => {
    const answer = await answerTo(`HEAD /api/v1/assets?a b HTTP/1.1\r\n${HOST}\r\n`)

    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toMatch(/^Content-Type: text\/plain; charset=utf-8\r$/m)
    expect(answer).toMatch(/\r\n\r\n$/)
  })

  test('what follows a request of the other dialect', async () => {
    const client = await rawClient(running)
    client.send(`GET /health/live HTTP/1.1\r\n${HOST}\r\n`)
    const first = await client.until(/"ok"\}/)
    client.send(`GET /api/v1/assets?a b HTTP/1.1\r\n${HOST}\r\n`)

    expectSentence((await client.closed).slice(first.length), 400)
  })
})

test.each(['/api/v10/assets', '/api', '/API/v1/assets', '/asset?/api/v1'])(
  '%s is not of this dialect, whatever is wrong',
  async (path) => {
    const answers = [
      await answerTo(`GET ${path}?a b HTTP/1.1\r\n${HOST}\r\n`),
      await answerTo(`GET ${path} HTTP/1.1\r\nConnection: close\r\n\r\n`),
    ]

    for (const answer of answers) expect(answer).toMatch(/\r\nContent-Type: application\/problem\+json\r\n/)
  },
)

test('what is broken behind a request in its packet leaves that request its answer', async () => {
  const whole = `HEAD /health/live HTTP/1.1\r\n${HOST}\r\n`
  const upload = wholeForm('a.txt', 'hello')
  const create = `${uploadHead(running, FORM, `Content-Length: ${upload.length}`)}${upload}`

  expect(await answerTo(`${whole}GET /api/v1/x HTTP/1.1\r\nBad Header\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /)
  expect(await answerTo(`${create}garbage\r\n\r\n`)).toMatch(/^HTTP\/1\.1 201 /)
})

test('what follows a request of this dialect is answered as its own path says', async () => {
  const client = await rawClient(running)
  client.send(`GET /api/v1/openapi.yaml HTTP/1.1\r\n${HOST}\r\n`)
  await client.until(/openapi: 3/)
  client.send(`GET /asset?a b HTTP/1.1\r\n${HOST}\r\n`)

  expect(await client.closed).toMatch(/"code":"BODY_INVALID"/)
})
