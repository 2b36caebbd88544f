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
    { what: 'no host', sent: 'GET / HTTP/1.1\r\n\r\n', status: 400 },
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
    if (!sent.startsWith('GET / HTTP/1.1\r\n\r\n')) {
      expect(head).toContain('Content-Type: application/problem+json')
      expect(JSON.parse(text)).toMatchObject({ type: 'about:blank', status, code: 'BODY_INVALID' })
    }
  })

  test('an unknown expectation is passed over', async () => {
    const client = await rawClient(running)
    client.send('GET /health/live HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n')

    expect(await client.closed).toMatch(/^HTTP\/1.1 200 /)
  })
})
