import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { chunk, FORM, filePart, rawClient } from '../../support/raw-client.ts'
import { type Service, service } from '../../support/service.ts'

const KIB = 1024
const MIB = 1024 * KIB
const LIMIT = 256 * KIB

/** How a request is refused: what is sent, and the answer that must arrive. */
const REFUSALS = [
  { name: 'a key that is missing', status: 401, code: 'KEY_MISSING', key: '', file: 'a.txt' },
  { name: 'a file that is too large', status: 413, code: 'FILE_TOO_LARGE', key: 'public', file: 'a.png' },
  { name: 'a type that is not allowed', status: 415, code: 'TYPE_NOT_ALLOWED', key: 'public', file: 'a.txt' },
] as const

let strict: Service
/** Takes larger files: only their type is refused. */
let roomy: Service
let folder: string
let big: string

beforeAll(async () => {
  strict = await service({ settings: { maxUploadBytes: LIMIT, allowedTypes: ['image/png'] } })
  roomy = await service({ settings: { maxUploadBytes: 64 * MIB, allowedTypes: ['image/png'] } })
  folder = await mkdtemp(join(tmpdir(), 'keepsake-early-'))
  big = join(folder, 'big')
  await writeFile(big, content('a.txt', 12 * MIB))
  await writeFile(`${big}.png`, content('a.png', 12 * MIB))
})

afterAll(() => rm(folder, { recursive: true }))

describe.each(REFUSALS)('the refusal of $name reaches', ({ status, code, key, file }) => {
  let running: Service
  let headers: Record<string, string>

  beforeAll(() => {
    running = status === 415 ? roomy : strict
    headers = key ? { Authorization: `Bearer ${running.publicKey}` } : {}
  })

  test.each([
    { client: 'curl with a length', options: [] },
    { client: 'curl in chunks', options: ['-H', 'Transfer-Encoding: chunked'] },
    { client: 'curl that does not ask first', options: ['-H', 'Expect:'] },
  ])('$client', async ({ options }) => {
    const form = `file=@${big}${file === 'a.png' ? '.png' : ''};filename=${file}`
    const bearer = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
    const output = await curl(...options, ...bearer, '-F', form, `${running.url}/asset/upload/temp`)

    expect(JSON.parse(output)).toMatchObject({ status, code })
  })

  test('fetch with a form, and one with bytes', async () => {
    const bytes = content(file, 12 * MIB)
    const form = new FormData()
    form.append('file', new Blob([bytes]), file)
    const target = `${running.url}/asset/upload/temp`

    for (const answer of [
      await fetch(target, { method: 'POST', headers, body: form }),
      await fetch(`${target}?name=${file}`, { method: 'POST', headers, body: bytes }),
    ]) {
      expect(await answer.json()).toMatchObject({ status, code })
      expect(answer.headers.get('Connection')).toBe('close')
    }
  })

  test('fetch with a stream that never ends', async () => {
    const body = Readable.toWeb(Readable.from(forEver(file)))
    const init: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      headers,
      // The types of the two worlds of streams differ in names only.
      body: body as unknown as ReadableStream,
      duplex: 'half',
    }
    const answer = await fetch(`${running.url}/asset/upload/temp?name=${file}`, init)

    expect(await answer.json()).toMatchObject({ status, code })
  })

  test('http.request', async () => {
    const sending = request(`${running.url}/asset/upload/temp?name=${file}`, {
      method: 'POST',
      headers,
    })
    sending.on('error', () => undefined)
    Readable.from(forEver(file)).pipe(sending)
    const [answer] = await once(sending, 'response')
    const parts: Buffer[] = []
    for await (const part of answer) parts.push(part)

    expect(JSON.parse(Buffer.concat(parts).toString())).toMatchObject({ status, code })
    sending.destroy()
  })

  test('a socket that sends slowly, in a form that goes on and on', async () => {
    const client = await rawClient(running)
    const bearer = key ? `Authorization: Bearer ${running.publicKey}\r\n` : ''
    client.send(`POST /asset/upload/temp HTTP/1.1\r\nHost: x\r\n${bearer}${FORM}\r\nTransfer-Encoding: chunked\r\n\r\n`)
    client.send(chunk(filePart(file)))
    const dripping = setInterval(() => client.send(chunk(content(file, 32 * KIB).toString('latin1'))), 5)
    const answer = await client.until(/"requestId":"[^"]+"\}/)
    clearInterval(dripping)

    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toContain(`"code":"${code}"`)
    client.socket.destroy()
  })
})

test.each([
  { what: 'a raw body without a key', head: 'POST /asset/upload/temp?name=a HTTP/1.1\r\nHost: x\r\n', status: 401 },
  { what: 'a form with a file that is too large', status: 413 },
])(
  'a refused sender of $what that never stops is read for no more than another limit, then cut',
  async ({ head, status }) => {
    const client = await rawClient(strict)
    const bearer = `POST /asset/upload/temp HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${strict.publicKey}\r\n${FORM}\r\n`
    client.send(`${head ?? bearer}Transfer-Encoding: chunked\r\n\r\n`)
    client.send(chunk(filePart('a.png', content('a.png', 100).toString('latin1'))))
    const block = chunk('x'.repeat(64 * KIB))
    let going = true
    const sending = (async () => {
      while (going) if (!client.socket.write(block)) await Promise.race([once(client.socket, 'drain'), client.closed])
    })().catch(() => undefined)
    const answer = await client.until(/"requestId":"[^"]+"\}/)
    const begun = performance.now()
    await client.closed
    going = false
    await sending

    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(performance.now() - begun).toBeLessThan(10_000)
    // What lies in the buffers of both sides is in this number too; a reader that goes on takes gigabytes in that time.
    expect(client.socket.bytesWritten).toBeLessThan(64 * MIB)
  },
  20_000,
)

test.each([
  { what: 'a form', head: `/asset/upload/temp HTTP/1.1\r\n${FORM}`, begin: filePart('a.txt') },
  { what: 'a raw body', head: '/asset/upload/temp?name=a.txt HTTP/1.1', begin: '' },
])('the type of $what is refused by its first bytes, and nothing else is waited for', async ({ head, begin }) => {
  const client = await rawClient(roomy)
  client.send(`POST ${head}\r\nHost: x\r\nAuthorization: Bearer ${roomy.publicKey}\r\nContent-Length: ${MIB}\r\n\r\n`)
  client.send(begin + 'x'.repeat(16 * KIB))
  const answer = await client.until(/"requestId":"[^"]+"\}/)
  client.socket.destroy()

  expect(answer).toMatch(/^HTTP\/1.1 415 /)
})

test('a sender that looks for its answer only after its whole body finds it', async () => {
  const client = await rawClient(strict)
  client.socket.pause()
  client.send(`POST /asset/upload/temp?name=a HTTP/1.1\r\nHost: x\r\nContent-Length: ${LIMIT}\r\n\r\n`)
  for (let sent = 0; sent < LIMIT; sent += LIMIT / 8) {
    await delay(20)
    client.send('x'.repeat(LIMIT / 8))
  }
  await delay(50)
  client.socket.resume()

  expect(await client.closed).toContain('"code":"KEY_MISSING"')
})

test('who asks first is refused without sending a byte, and admitted when nothing is wrong', async () => {
  const head = (key: string, length: number) =>
    `POST /asset/upload/temp?name=a.png HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\n\r\n`
  const [unknown, tooLarge, fine] = [await rawClient(strict), await rawClient(strict), await rawClient(strict)]
  unknown.send(head(`pk_${'x'.repeat(30)}`, 10))
  tooLarge.send(head(strict.publicKey, LIMIT + 1))
  const png = content('a.png', 100)
  fine.send(head(strict.publicKey, png.length))

  expect(await unknown.until(/\}/)).toMatch(/^HTTP\/1.1 401 /)
  expect(await tooLarge.until(/\}/)).toMatch(/^HTTP\/1.1 413 /)
  expect(await fine.until(/\r\n\r\n/)).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  fine.send(png)
  expect(await fine.until(/tempAssetId/)).toContain('HTTP/1.1 201 ')
  fine.socket.destroy()
  // Nothing will come that the answer would have to wait for.
  for (const { closed } of [unknown, tooLarge]) {
    expect(await Promise.race([closed, delay(10_000, 'still open')])).toContain('Connection: close')
  }
})

test('a refusal of a body that has arrived keeps the connection', async () => {
  const client = await rawClient(strict)
  const refused = 'POST /asset/upload/persist HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}'
  client.send(refused)
  await client.until(/KEY_MISSING/)
  client.send('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n')

  expect(await client.until(/"ok"/)).not.toContain('Connection: close')
  client.socket.destroy()
})

test('after all refusals nothing is left but records that wait to be forgotten', async () => {
  for (const { context, files } of [strict, roomy]) {
    const records = await context.assets.findDue(new Date(8e15), 1000)
    const alive = records.filter(({ state }) => state !== 'expired')

    expect(records.length).toBeGreaterThan(3)
    expect(alive.map(({ content }) => content?.size)).toEqual(context === strict.context ? [100] : [])
    expect((await files()).length).toBe(alive.length)
  }
})

function content(name: string, size: number): Buffer {
  const bytes = Buffer.alloc(size, 'x')
  if (name.endsWith('.png'))
    Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex').copy(bytes)
  return bytes
}

function* forEver(name: string): Generator<Buffer> {
  yield content(name, 64 * KIB)
  for (;;) yield Buffer.alloc(64 * KIB, 'x')
}

async function curl(...options: string[]): Promise<string> {
  const child: ChildProcess = spawn('curl', ['-s', '-m', '20', ...options])
  let output = ''
  child.stdout?.on('data', (data) => {
    output += data
  })
  await once(child, 'close')
  return output
}
