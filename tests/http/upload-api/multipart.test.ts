import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { unavailable } from '@keepsake/shared/domain/errors'
import type { UpkeepContext } from '@keepsake/shared/ports/context'
import type { Storage } from '@keepsake/shared/ports/storage'
import { BOUNDARY, chunk, FORM, filePart, rawClient, uploadHead, wholeForm } from '../../support/raw-client.ts'
import { type Service, service } from '../../support/service.ts'
import { assetOf, call, formOf } from '../../support/wire.ts'
import { withMethod } from '../../support/with-method.ts'

let running: Service

beforeAll(async () => {
  running = await service()
})

/** Sends a form as it stands, in pieces of the given sizes, over and over. */
async function sendForm(body: Buffer | string, sizes: readonly number[] = [65_536]): Promise<string> {
  const bytes = Buffer.from(body)
  const client = await rawClient(running)
  client.socket.setNoDelay(true)
  client.send(uploadHead(running, FORM, `Content-Length: ${bytes.length}`))
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    client.send(bytes.subarray(at, at + size))
    at += size
    if (turn % 7 === 0) await new Promise(setImmediate)
  }
  const answer = await client.until(/"(userId|requestId)":"[^"]+"\}/)
  client.socket.destroy()
  return answer
}

test('a file arrives whole, however its form is cut into pieces', async () => {
  for (let round = 0; round < 25; round += 1) {
    // Bytes that look like boundaries are the ones a parser stumbles over.
    const parts = Array.from({ length: 20 }, () =>
      Math.random() < 0.5
        ? randomBytes(Math.floor(Math.random() * 2000))
        : Buffer.from(`\r\n--${BOUNDARY.slice(0, 5)}\r\n`),
    )
    const content = Buffer.concat(parts)
    const body = Buffer.concat([Buffer.from(filePart('a.bin')), content, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)])
    const sizes = Array.from({ length: 9 }, () => 1 + Math.floor(Math.random() * (round % 2 ? 40 : 3000)))
    const answer = await sendForm(body, sizes)
    const tempId = /"tempAssetId":"(\w+)"/.exec(answer)?.[1] ?? answer
    const stored = await (await fetch(`${running.url}/asset/upload/temp/${tempId}`)).arrayBuffer()

    expect(createHash('sha256').update(Buffer.from(stored)).digest('hex')).toBe(
      createHash('sha256').update(content).digest('hex'),
    )
  }
})

test.each(['b;', 'b ;', '"b" ; charset=', 'a/b:c', "(a'b,c)", '"a b"', 'b; charset="x;y"'])(
  'a form whose type ends with boundary=%s is read',
  async (said) => {
    const boundary = said.split(';', 1).join('').trim().replaceAll('"', '')
    const answer = await call(running, 'POST', '/asset/upload/temp', {
      key: running.publicKey,
      headers: { 'Content-Type': `multipart/form-data ;; charset=utf-8 ; ;boundary=${said}` },
      body: wholeForm('a.txt', 'hello').replaceAll(BOUNDARY, boundary),
    })

    expect(answer).toMatchObject({ status: 201, body: { asset: { name: 'a.txt', size: 5 } } })
  },
)

test.each([
  { what: 'a semicolon behind the name', body: wholeForm('a.txt', 'hello').replace('a.txt"', 'a.txt"; ;') },
  { what: 'blanks behind a header', body: wholeForm('a.txt', 'hello').replace('octet-stream', 'octet-stream; \t') },
  { what: 'a header in two lines', body: wholeForm('a.txt', 'hello').replace('; filename', '; \r\n filename') },
  { what: 'blanks behind a boundary', body: wholeForm('a.txt', 'hello').replace(BOUNDARY, `${BOUNDARY} \t`) },
  {
    what: 'blanks behind the last boundary',
    body: wholeForm('a.txt', 'hello').replace(`${BOUNDARY}--`, `${BOUNDARY}-- \t`),
  },
])('a form with $what is read', async ({ body }) => {
  const answer = await sendForm(body)

  expect(answer).toContain('HTTP/1.1 201 ')
  expect(answer).toContain('"name":"a.txt","size":5,')
})

test('a second file is refused, whatever stands behind its name or its boundary', async () => {
  const second = wholeForm('b.txt', 'hello')
  for (const padded of [second.replace('b.txt"', 'b.txt";'), second.replace(BOUNDARY, `${BOUNDARY} `)]) {
    expect(await sendForm(`${filePart('a.txt', 'hello')}\r\n${padded}`)).toContain('"code":"TOO_MANY_FILES"')
  }
})

test.each([
  { sent: 'image.jpg', shown: 'image.jpg' },
  { sent: 'ünïcode 日本.txt', shown: 'ünïcode 日本.txt' },
  { sent: 'a%22b%0Ac%41.txt', shown: 'a%22b%0Ac%41.txt' },
  { sent: 'C:\\\\photos\\\\a.txt', shown: 'a.txt' },
  { sent: 'photos\\', shown: 'file' },
  { sent: 'photos\\\\', shown: 'file' },
  { sent: 'a\\"', shown: 'a"' },
  { sent: 'a\\"\r\n b.txt', shown: 'a" b.txt' },
  { sent: '../../etc/passwd', shown: 'passwd' },
  { sent: '..', shown: 'file' },
  { sent: '.', shown: 'file' },
  { sent: 'a/', shown: 'file' },
  { sent: 'e\u0301.txt', shown: 'é.txt' },
  { sent: '__proto__', shown: '__proto__' },
  { sent: '<script>.html', shown: '<script>.html' },
])('the name $sent is shown as $shown', async ({ sent, shown }) => {
  const answer = Buffer.from(await sendForm(wholeForm(sent, 'hello')), 'latin1').toString()

  expect(answer).toContain('HTTP/1.1 201 ')
  expect(answer).toContain(`"name":${JSON.stringify(shown)},`)
})

test.each([1, 7, 100, 65_536])(
  'control characters of a name are removed, and no others (pieces of %d)',
  async (size) => {
    const content = Buffer.from('\r\n\r\nContent-Disposition: form-data; filename="\u0001.txt"\r\n\u0002\u007f')
    const field = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\nfilename=\u0003\r\n`
    const file = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a\u0001b\u007f\n\tc\r.txt"\r\n\r\n`
    const body = Buffer.concat([Buffer.from(field + file), content, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)])

    const answer = await sendForm(body, [size])

    expect(answer).toContain('"name":"abc.txt"')
    const [, tempId = ''] = /"tempAssetId":"(\w+)"/.exec(answer) ?? []
    const stored = await call(running, 'GET', `/asset/upload/temp/${tempId}`)
    expect(stored.text).toBe(content.toString())
  },
)

test('a name cannot add a header to any answer', async () => {
  const answer = await call(
    running,
    'POST',
    `/asset/upload/temp?name=${encodeURIComponent('a\r\nX-Evil: 1\r\n.txt')}`,
    {
      key: running.publicKey,
      body: 'hello',
    },
  )
  const bytes = await fetch(String(assetOf(answer).url))

  expect(assetOf(answer).name).toBe('aX-Evil: 1.txt')
  expect([answer.headers.get('X-Evil'), bytes.headers.get('X-Evil')]).toEqual([null, null])
})

test.each(['file', 'upload', 'files[]', 'a[b][c]', '__proto__', 'constructor'])(
  'the field may be named %s',
  async (field) => {
    const answer = await call(running, 'POST', '/asset/upload/temp', {
      key: running.publicKey,
      body: formOf('hello', 'a.txt', field),
    })

    expect(answer.status).toBe(201)
  },
)

test('text fields before and after the file are passed over, however many and long', async () => {
  const form = new FormData()
  for (let index = 0; index < 200; index += 1) form.append(`field${index}`, 'x'.repeat(100))
  form.append('long', 'x'.repeat(3 * 1024 * 1024))
  form.append('file', new Blob(['hello']), 'a.txt')
  form.append('name', 'other.txt')
  form.append('__proto__[size]', '1')
  const answer = await call(running, 'POST', '/asset/upload/temp', { key: running.publicKey, body: form })

  expect(assetOf(answer)).toMatchObject({ name: 'a.txt', size: 5 })
})

test.each([
  { what: 'two files', body: `${filePart('a.txt', 'one')}\r\n${wholeForm('b.txt', 'two')}` },
  { what: 'a file and one without a name', body: `${filePart('a.txt', 'one')}\r\n${wholeForm('', 'two')}` },
  { what: 'a file without a name and another', body: `${filePart('', 'one')}\r\n${wholeForm('b.txt', 'two')}` },
  { what: 'two files of one name', body: `${filePart('a.txt', 'one')}\r\n${wholeForm('a.txt', 'one')}` },
  {
    what: 'a large file and another',
    body: `${filePart('a.txt', 'x'.repeat(900_000))}\r\n${wholeForm('b.txt', 'two')}`,
  },
])('$what are refused, and none is kept', async ({ body }) => {
  const alive = async () => {
    const records = await running.context.assets.findDue(new Date(8e15), 1000)
    return records.filter(({ state }) => state !== 'expired').map(({ id }) => id)
  }
  const before = await alive()
  const answer = await sendForm(body)

  expect(answer).toContain('HTTP/1.1 400 ')
  expect(answer).toContain('"code":"TOO_MANY_FILES"')
  expect(await alive()).toEqual(before)
})

test.each([
  {
    what: 'only a text field',
    body: `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"\r\n\r\nhello\r\n--${BOUNDARY}--\r\n`,
  },
  { what: 'what browsers send for an input without a file', body: wholeForm('', '') },
  { what: 'no part at all', body: `--${BOUNDARY}--\r\n` },
])('a form with $what has no file', async ({ body }) => {
  expect(await sendForm(body)).toContain('"code":"FILE_MISSING"')
})

test('an empty input beside a file does not count', async () => {
  const body = `${filePart('', '', 'avatar')}\r\n${wholeForm('a.txt', 'hello')}`

  expect(await sendForm(body)).toContain('"size":5')
})

test.each(['', '; name=""'])('a file whose field has no name is taken (%p)', async (name) => {
  const disposition = `Content-Disposition: form-data${name}; filename="a.txt"`
  const body = `--${BOUNDARY}\r\n${disposition}\r\n\r\nhello\r\n--${BOUNDARY}--\r\n`

  expect(await sendForm(body)).toContain('"name":"a.txt"')
})

test.each(['application/octet-stream', 'text/plain'])(
  'a file of type %s without a name is called file',
  async (type) => {
    const disposition = `Content-Disposition: form-data; name="file"; filename=""\r\nContent-Type: ${type}`
    const body = `--${BOUNDARY}\r\n${disposition}\r\n\r\nhello\r\n--${BOUNDARY}--\r\n`

    const answer = await sendForm(body)

    expect(answer).toContain('"name":"file"')
    expect(answer).toContain('"size":5')
  },
)

test.each([1, 50, 65_536])('a part without a body may leave out its line end (pieces of %d)', async (size) => {
  const empty = [filePart(''), filePart('a').replace('; filename="a"', '')].map((part) => part.slice(0, -2))
  const body = `${empty.join('\r\n')}\r\n${wholeForm('a.txt', 'hello')}`

  const answer = await sendForm(body, [size])

  expect(answer).toContain('"name":"a.txt"')
  expect(answer).toContain('"size":5')
})

test('a form may come in chunks of one byte each', async () => {
  const form = wholeForm('a.txt', 'x'.repeat(100_000))
  const client = await rawClient(running)
  client.send(uploadHead(running, FORM, 'Transfer-Encoding: chunked'))
  client.send(`${[...form].map((byte) => chunk(byte)).join('')}0\r\n\r\n`)

  expect(await client.until(/"requestId":"[^"]+"|"userId":"[^"]+"/)).toContain('"size":100000')
  client.socket.destroy()
})

test('no byte changes its place, wherever the network cuts a form of several parts', async () => {
  const content = `${'x'.repeat(20)}\r\n-\r\n--${BOUNDARY.slice(0, -1)}\r\n\r\ny`
  const text = filePart('t', content).replace('; filename="t"', '')
  const body = `${filePart('', '')}\r\n${text}\r\n${wholeForm('a.txt', content)}`
  const starts = [body.indexOf(content), body.lastIndexOf(content)]
  const cuts = starts.flatMap((start) => Array.from({ length: content.length - 15 }, (_, index) => start + 15 + index))
  for (const cut of cuts) {
    const client = await rawClient(running)
    client.send(uploadHead(running, FORM, `Content-Length: ${body.length}`) + body.slice(0, cut))
    await delay(5)
    client.send(body.slice(cut))
    const answer = await client.until(/"(userId|requestId)":"[^"]+"\}/)
    client.socket.destroy()
    const tempId = /"tempAssetId":"(\w+)"/.exec(answer)?.[1] ?? answer

    expect((await call(running, 'GET', `/asset/upload/temp/${tempId}`)).text).toBe(content)
  }
})

test('a part without a file name is no file, whatever its type', async () => {
  const disposition = 'Content-Disposition: form-data; name="file"\r\nContent-Type: application/octet-stream'
  const text = `--${BOUNDARY}\r\n${disposition}\r\n\r\nhello\r\n`

  expect(await sendForm(`${text}--${BOUNDARY}--\r\n`)).toContain('"code":"FILE_MISSING"')
  expect(await sendForm(text + wholeForm('a.txt', 'hi'))).toContain('"size":2')
})

test('text fields do not count as part of the file', async () => {
  const small = await service({ settings: { maxUploadBytes: 1000 } })
  const form = new FormData()
  form.append('long', 'x'.repeat(900_000))
  form.append('file', new Blob(['x'.repeat(1000)]), 'a.txt')

  const answer = await call(small, 'POST', '/asset/upload/temp', { key: small.publicKey, body: form })

  expect(assetOf(answer)).toMatchObject({ size: 1000 })
  await small.close()
})

test('a body of nothing but text is bounded as well', async () => {
  const small = await service({ settings: { maxUploadBytes: 1000 } })
  const client = await rawClient(small)
  client.send(uploadHead(small, FORM, 'Transfer-Encoding: chunked'))
  const text = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="t"\r\n\r\n${'x'.repeat(1_100_000)}`
  client.send(`${text.length.toString(16)}\r\n${text}\r\n`)

  expect(await client.until(/"requestId":"[^"]+"/)).toContain('"code":"FILE_TOO_LARGE"')
  client.socket.destroy()
  await small.close()
})

test('a storage that stops reading says why, however long it takes to say it', async () => {
  const put: Storage['put'] = async (_key, body) => {
    for await (const _chunk of body) break
    await delay(100)
    throw unavailable('Cut off on purpose.')
  }
  const failing = await service({
    wrap: (context: UpkeepContext) => ({ ...context, storage: withMethod(context.storage, 'put', () => put) }),
  })
  for (const path of ['/asset/upload/temp', '/asset/upload/temp?name=a.bin']) {
    const body = path.includes('?') ? new Uint8Array(3_000_000) : formOf('x'.repeat(3_000_000))
    const answer = await call(failing, 'POST', path, { key: failing.publicKey, body })

    expect(answer).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE', detail: 'Cut off on purpose.' } })
    expect(answer.headers.get('Retry-After')).toBe('1')
  }
  expect(failing.logged.filter(({ event }) => event === 'request.failed')).toHaveLength(2)
  await failing.close()
})

test('a file that is a few bytes too large is refused as that, also when most of it was stored already', async () => {
  const limit = 11 * 1024 * 1024
  const large = await service({ settings: { maxUploadBytes: limit } })
  for (const excess of [1, 20]) {
    const body = formOf('x'.repeat(limit + excess))

    const answer = await call(large, 'POST', '/asset/upload/temp', { key: large.publicKey, body })

    expect(answer).toMatchObject({ status: 413, body: { code: 'FILE_TOO_LARGE', maxBytes: limit } })
  }
  expect(await large.files()).toEqual([])
  await large.close()
})
