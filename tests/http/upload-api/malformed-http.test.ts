import { rawClient } from '../../support/raw-client.ts'
import { type Service, service } from '../../support/service.ts'

let running: Service

beforeAll(async () => {
  running = await service()
})

describe('what is no HTTP request', () => {
  test.each([
    { what: 'nonsense', sent: 'hello\r\n\r\n', status: 400 },
    { what: 'a broken header', sent: 'GET / HTTP/1.1\r\nHost: x\r\nBroken header\r\n\r\n', status: 400 },
    {
      what: 'two lengths',
      sent: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
      status: 400,
    },
    {
      what: 'a length and chunks',
      sent: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      status: 400,
    },
    { what: 'no host', sent: 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n', status: 400 },
    {
      what: 'headers that never end',
      sent: `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      status: 431,
    },
  ])('$what is answered with $status in JSON', async ({ sent, status }) => {
    const client = await rawClient(running)
    client.send(sent)
    const answer = await client.closed
    const [head = '', text = ''] = answer.split('\r\n\r\n')

    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(head).toMatch(/^X-Request-Id: /im)
    expect(head).toContain('Content-Type: application/problem+json')
    expect(JSON.parse(text)).toMatchObject({ type: 'about:blank', status, code: 'BODY_INVALID' })
  })

  test('a request of HTTP/1.0 needs no host', async () => {
    const client = await rawClient(running)
    client.send('GET /health/live HTTP/1.0\r\n\r\n')

    expect(await client.closed).toMatch(/^HTTP\/1.1 200 /)
  })

  test.each([
    ['/health/live', 405, /^Allow: GET, HEAD\r$/m],
    ['/cdn/uploads/2024/01/15/a.txt', 405, /^Allow: GET, HEAD\r$/m],
    ['example.com:443', 404, /ROUTE_NOT_FOUND/],
  ])('CONNECT %s is answered with %s as any other method', async (target, status, more) => {
    const client = await rawClient(running)
    client.send(`CONNECT ${target} HTTP/1.1\r\nHost: x\r\n\r\n`)
    const answer = await client.closed

    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toMatch(more)
    expect(answer).toMatch(/^X-Request-Id: /m)
  })

  test('a target with scheme and host means its path', async () => {
    const client = await rawClient(running)
    for (const path of ['/health/live', '/cdn/nothing', ''])
      client.send(`GET http://x${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
    client.send('GET foo://x HTTP/1.1\r\nHost: x\r\n\r\n')
    client.send('GET http://x?a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    const answers = await client.closed

    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(
      ['200', '404', '200', '200', '200'].map((status) => `HTTP/1.1 ${status}`),
    )
    expect(answers).toContain('ASSET_NOT_FOUND')
  })

  test('an unknown expectation is passed over', async () => {
    const client = await rawClient(running)
    client.send('GET /health/live HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n')

    expect(await client.closed).toMatch(/^HTTP\/1.1 200 /)
  })
})
