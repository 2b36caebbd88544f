import { setTimeout as delay } from 'node:timers/promises'
import { NOTHING, settledLeftovers } from '../../support/leftovers.ts'
import { BOUNDARY, chunk, FORM, filePart, rawClient, uploadHead, wholeForm } from '../../support/raw-client.ts'
import { type Service, service } from '../../support/service.ts'

const IDLE = 300

let running: Service

beforeAll(async () => {
  running = await service({ settings: { idleTimeout: IDLE, maxUploadBytes: 1024 * 1024 } })
})

describe('a body that breaks off', () => {
  const raw = (s: Service, ...headers: string[]) => uploadHead(s, ...headers).replace('temp', 'temp?name=a.txt')

  test.each<{ what: string; sent: (running: Service) => string[]; status: number; code: string }>([
    {
      what: 'without a last boundary',
      sent: (s) => form(s, filePart('a.txt', 'hello')),
      status: 400,
      code: 'MULTIPART_BROKEN',
    },
    {
      what: 'without its last two dashes',
      sent: (s) => form(s, wholeForm('a.txt', 'hello').slice(0, -4)),
      status: 400,
      code: 'MULTIPART_BROKEN',
    },
    {
      what: 'in a part header',
      sent: (s) => form(s, filePart('a.txt').slice(0, 60)),
      status: 400,
      code: 'MULTIPART_BROKEN',
    },
    { what: 'before any boundary', sent: (s) => form(s, 'this is no form'), status: 400, code: 'MULTIPART_BROKEN' },
    { what: 'without anything', sent: (s) => form(s, ''), status: 400, code: 'MULTIPART_BROKEN' },
    {
      what: 'after a second part that has no end',
      sent: (s) => form(s, `${filePart('a.txt', 'hello')}\r\n${filePart('b.txt').slice(0, 70)}`),
      status: 400,
      code: 'MULTIPART_BROKEN',
    },
    ...['filename = "b.txt"', 'filename="b.txt', 'filename=b c', `filename="b.txt"; filename*=UTF-8''%zz`].map(
      (disposition) => ({
        what: `beside a part with ${disposition}`,
        sent: (s: Service) => form(s, unreadable(disposition)),
        status: 400,
        code: 'MULTIPART_BROKEN',
      }),
    ),
    {
      what: 'into a chunk that is none',
      sent: (s) => [raw(s, 'Transfer-Encoding: chunked'), chunk('hello'), 'zz\r\nhello\r\n'],
      status: 400,
      code: 'BODY_INVALID',
    },
  ])('$what is refused and leaves nothing behind', async ({ sent, status, code }) => {
    const client = await rawClient(running)
    for (const piece of sent(running)) client.send(piece)
    const answer = await client.until(/"requestId":"[^"]+"\}/)
    client.socket.destroy()

    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toContain(`"code":"${code}"`)
    expect(await settledLeftovers(running)).toEqual(NOTHING)
  })

  test('with a boundary that is never said is refused without waiting for its end', async () => {
    const client = await rawClient(running)
    client.send(uploadHead(running, 'Content-Type: multipart/form-data', 'Content-Length: 99999'))

    expect(await client.until(/"requestId":"[^"]+"\}/)).toContain('MULTIPART_BROKEN')
    client.socket.destroy()
  })

  test('with a broken part header is refused without waiting for its end', async () => {
    const client = await rawClient(running)
    client.send(uploadHead(running, FORM, 'Content-Length: 99999'))
    client.send(`--${BOUNDARY}\r\nthis is no header\r\n\r\n`)

    expect(await client.until(/"requestId":"[^"]+"\}/)).toContain('MULTIPART_BROKEN')
    client.socket.destroy()
  })

  test.each([
    ['a delimiter in a part header', `${filePart('a.txt').slice(0, 75)}\r\n--${BOUNDARY}\r\n\r\n--\r\n`],
    ['a part without a header', `--${BOUNDARY}\r\n--${BOUNDARY}--\r\n`],
    ['an endless part header', `--${BOUNDARY}\r\nX: ${'y'.repeat(20_000)}`],
    ['no closing delimiter', `${filePart('a.txt', 'hello')}\r\n--${BOUNDARY}\r\n`],
  ])('with %s is refused and leaves nothing behind', async (_what, body) => {
    const client = await rawClient(running)
    client.send(uploadHead(running, FORM, `Content-Length: ${Buffer.byteLength(body)}`))
    client.send(body)

    expect(await client.until(/"requestId":"[^"]+"\}/)).toContain('"code":"MULTIPART_BROKEN"')
    client.socket.destroy()
    expect(await settledLeftovers(running)).toEqual(NOTHING)
  })

  test.each(['"a\\"b"', 'a\\', 'a\\\\b', '"\u00e9"', `"${'b'.repeat(251)}"`])(
    'with the boundary %s is refused',
    async (boundary) => {
      const client = await rawClient(running)
      client.send(uploadHead(running, `Content-Type: multipart/form-data; boundary=${boundary}`, 'Content-Length: 9'))
      client.send('--X\r\nabcd')

      expect(await client.until(/"requestId":"[^"]+"\}/)).toContain('"code":"MULTIPART_BROKEN"')
      client.socket.destroy()
    },
  )

  test('and is shorter than its Content-Length gets 408, is cut, and leaves nothing behind', async () => {
    for (const head of [uploadHead(running, FORM, 'Content-Length: 9999'), raw(running, 'Content-Length: 9999')]) {
      const client = await rawClient(running)
      client.send(head)
      client.send(filePart('a.txt', 'hello'))
      const answer = await client.closed

      expect(answer).toMatch(/^HTTP\/1.1 408 /)
      expect(answer).toContain('"code":"UPLOAD_TIMEOUT"')
      expect(await settledLeftovers(running)).toEqual(NOTHING)
    }
  })

  test('and is longer than its Content-Length ends where that says, and the rest is no request', async () => {
    const client = await rawClient(running)
    client.send(`${raw(running, 'Content-Length: 5')}hello`)
    await client.until(/"size":5/)
    client.send(' and more\r\n\r\n')

    expect(await client.closed).toContain('HTTP/1.1 400 ')
  })
})

describe('a client that is too slow', () => {
  test('in all gets 408, however steadily it sends', async () => {
    const hasty = await service({ settings: { uploadTimeout: 400, idleTimeout: 200 } })
    const client = await rawClient(hasty)
    client.send(uploadHead(hasty, FORM, 'Transfer-Encoding: chunked'))
    client.send(chunk(filePart('a.txt')))
    const dripping = setInterval(() => client.send(chunk('x')), 50)
    const answer = await client.closed
    clearInterval(dripping)

    expect(answer).toMatch(/^HTTP\/1.1 408 /)
    expect(await settledLeftovers(hasty)).toEqual(NOTHING)
    await hasty.close()
  })

  test('but sends a byte now and then is heard to the end', async () => {
    const client = await rawClient(running)
    client.send(uploadHead(running, FORM, 'Transfer-Encoding: chunked'))
    client.send(chunk(filePart('slow.txt')))
    for (let sent = 0; sent < 8; sent += 1) {
      await delay(IDLE / 3)
      client.send(chunk('x'))
    }
    client.send(`${chunk(`\r\n--${BOUNDARY}--\r\n`)}0\r\n\r\n`)

    expect(await client.until(/tempAssetId/)).toContain('"size":8')
    client.socket.destroy()
  })
})

/** A form of that body, well-formed as HTTP. */
function form(running: Service, body: string): string[] {
  return [uploadHead(running, FORM, `Content-Length: ${Buffer.byteLength(body)}`), body]
}

/** A form whose first part is a good file, and whose second has a header that nobody can read. */
function unreadable(disposition: string): string {
  const header = `Content-Disposition: form-data; name="file"; ${disposition}`
  return `${filePart('a.txt', 'hello')}\r\n--${BOUNDARY}\r\n${header}\r\n\r\nhello\r\n--${BOUNDARY}--\r\n`
}
