import { ask, create, everything, type FormValue, form, list } from '../../support/entries.ts'
import { leftovers, settledLeftovers } from '../../support/leftovers.ts'
import { type Service, service } from '../../support/service.ts'

let running: Service

beforeAll(async () => {
  running = await service()
  await ask(running, 'POST', '/folders', form({ path: 'img' }))
})

const JSON_TYPE = { 'Content-Type': 'application/json' }
const URLENCODED = { 'Content-Type': 'application/x-www-form-urlencoded' }

describe('a refused create makes nothing:', () => {
  beforeAll(async () => {
    await create(running, { name: 'taken.css', content: 'mine' })
    await create(running, { name: 'taken.css', folder: 'img', content: 'mine' })
  })

  const file = { file: 'x', name: 'x.txt' }
  const CASES: { what: string; parts: Record<string, FormValue> | [string, FormValue][]; says: string }[] = [
    {
      what: 'content and url',
      parts: { name: 'a', content: 'x', url: 'https://a.b' },
      says: 'content, url and file are mutually exclusive',
    },
    {
      what: 'content and file',
      parts: { name: 'a', content: '', file },
      says: 'content, url and file are mutually exclusive',
    },
    {
      what: 'file and url',
      parts: { file, name: 'a', url: 'https://a.b' },
      says: 'content, url and file are mutually exclusive',
    },
    {
      what: 'all three',
      parts: { file, name: 'a', url: 'https://a.b', content: 'x' },
      says: 'content, url and file are mutually exclusive',
    },
    { what: 'none of them', parts: { name: 'a' }, says: 'one of content, url and file is required' },
    { what: 'a file that is text', parts: { name: 'a', file: 'text' }, says: 'file must be an uploaded file' },
    { what: 'no name for content', parts: { content: 'x' }, says: 'name is required' },
    { what: 'no name for a url', parts: { url: 'https://a.b' }, says: 'name is required' },
    { what: 'an empty name', parts: { name: '', content: 'x' }, says: 'name must not be empty' },
    { what: 'an empty name for a file', parts: { name: '', file }, says: 'name must not be empty' },
    { what: 'a slash', parts: { name: 'a/b', content: 'x' }, says: 'name must not contain a slash or a backslash' },
    { what: 'a backslash', parts: { file, name: 'a\\b' }, says: 'name must not contain a slash or a backslash' },
    { what: 'a control', parts: { name: 'a\u0007b', content: 'x' }, says: 'name must not contain control characters' },
    { what: 'a NUL', parts: { name: 'a\u0000b', content: 'x' }, says: 'name must not contain control characters' },
    { what: 'a dot', parts: { name: '.', content: 'x' }, says: 'name must not be . or ..' },
    { what: 'two dots', parts: { name: '..', content: 'x' }, says: 'name must not be . or ..' },
    { what: 'a long name', parts: { name: 'é'.repeat(128), content: 'x' }, says: 'name must not exceed 255 bytes' },
    {
      what: 'a taken name',
      parts: { name: 'taken.css', content: 'yours' },
      says: 'Another asset has that name in that folder.',
    },
    {
      what: 'a taken name of a file',
      parts: { file, name: 'taken.css' },
      says: 'Another asset has that name in that folder.',
    },
    {
      what: 'a taken name of a hotlink',
      parts: { name: 'taken.css', url: 'https://a.b' },
      says: 'Another asset has that name in that folder.',
    },
    {
      what: 'a taken name in a folder',
      parts: { name: 'taken.css', folder: '/img/', content: 'x' },
      says: 'Another asset has that name in that folder.',
    },
    { what: 'no such folder', parts: { name: 'a', folder: 'nowhere', content: 'x' }, says: 'there is no such folder' },
    { what: 'no such folder for a file', parts: { file, folder: 'nowhere' }, says: 'there is no such folder' },
    {
      what: 'no such folder for a hotlink',
      parts: { name: 'a', folder: 'nowhere', url: 'https://a.b' },
      says: 'there is no such folder',
    },
    {
      what: 'a folder out of the tree',
      parts: { name: 'a', folder: '../img', content: 'x' },
      says: 'folder must not contain . or ..',
    },
    { what: 'an empty url', parts: { name: 'a', url: '' }, says: 'url must be an http or https address' },
    ...[
      'ftp://a.b/c',
      'javascript:alert(1)',
      '//a.b',
      'a.css',
      'https://',
      'https:a.b',
      'https://a.b/c d',
      ' https://a.b',
      'https://a.b/\r\nX: y',
      'data:text/css,a',
    ].map((url) => ({
      what: `the url ${JSON.stringify(url)}`,
      parts: { name: 'a', url },
      says: 'url must be an http or https address',
    })),
    {
      what: 'a url without end',
      parts: { name: 'a', url: `https://a.b/${'x'.repeat(9000)}` },
      says: 'url must not exceed 8192 bytes',
    },
    ...['abc', '-1', '1.5', '1e3', '', ' 1', '0x10', '9007199254740992', '9'.repeat(40)].flatMap((width) => [
      {
        what: `the width ${JSON.stringify(width)}`,
        parts: { name: 'a', content: 'x', width },
        says: 'width must be a non-negative integer',
      },
      {
        what: `the height ${JSON.stringify(width)}`,
        parts: { file, height: width },
        says: 'height must be a non-negative integer',
      },
    ]),
    ...['image', 'video', 'script', 'style', 'text', 'async', 'defer'].flatMap((flag) =>
      ['', 'yes', 'T', '2'].map((value) => ({
        what: `${flag}=${value}`,
        parts: { name: 'a', content: 'x', [flag]: value },
        says: `${flag} must be true or false`,
      })),
    ),
    ...['id', 'created_at', 'updated_at'].map((column) => ({
      what: column,
      parts: { name: 'a', content: 'x', [column]: '5' },
      says: `${column} cannot be set`,
    })),
    {
      what: 'two files',
      parts: [
        ['file', file],
        ['file', file],
      ],
      says: 'Send one file in each request.',
    },
    { what: 'a file under another name', parts: { name: 'a', upload: file }, says: 'send the file in the field file' },
    {
      what: 'a content beside a file of another name',
      parts: { name: 'a', content: 'x', upload: file },
      says: 'send the file in the field file',
    },
    { what: 'a name of 100 kB', parts: { name: 'x'.repeat(100_000), content: 'x' }, says: 'name exceeds 65536 bytes' },
  ]

  test.each(CASES)('$what', async ({ parts, says }) => {
    const before = await everything(running)
    const answer = await ask(running, 'POST', '/assets', form(parts))

    expect([answer.status, answer.text]).toEqual([400, says])
    expect(answer.headers.get('Content-Type')).toBe('text/plain; charset=utf-8')
    expect(answer.headers.get('X-Request-Id')).toMatch(/^[\w.-]+$/)
    expect(await everything(running)).toBe(before)
  })

  test.each<{ what: string; body: string | undefined; headers: Record<string, string>; says: RegExp }>([
    { what: 'no body at all, as Node sends it', body: undefined, headers: {}, says: /^send a form/ },
    { what: 'an empty form', body: '', headers: URLENCODED, says: /^one of content, url and file is required$/ },
    { what: 'an empty body of JSON', body: '', headers: JSON_TYPE, says: /^The body is not JSON\.$/ },
    { what: 'JSON that is broken', body: '{"name":', headers: JSON_TYPE, says: /^The body is not JSON\.$/ },
    { what: 'a JSON array', body: '[]', headers: JSON_TYPE, says: /^the body must be a JSON object$/ },
    { what: 'a JSON null', body: 'null', headers: JSON_TYPE, says: /^the body must be a JSON object$/ },
    {
      what: 'a name that is an object',
      body: '{"name":{},"content":"x"}',
      headers: JSON_TYPE,
      says: /^name must be a string/,
    },
    {
      what: 'a width with a fraction',
      body: '{"name":"a","content":"x","width":1.5}',
      headers: JSON_TYPE,
      says: /^width must be/,
    },
    ...['id', 'created_at', 'updated_at'].map((column) => ({
      what: `an ${column} of null`,
      body: JSON.stringify({ name: 'a', content: 'x', [column]: null }),
      headers: JSON_TYPE,
      says: new RegExp(`^${column} cannot be set$`),
    })),
    { what: 'a content of null', body: '{"name":"a","content":null}', headers: JSON_TYPE, says: /^one of content/ },
    { what: 'plain text', body: 'name=a&content=x', headers: { 'Content-Type': 'text/plain' }, says: /^send a form/ },
    { what: 'an unknown type', body: '<a/>', headers: { 'Content-Type': 'application/xml' }, says: /^send a form/ },
    {
      what: 'another multipart',
      body: '--a--',
      headers: { 'Content-Type': 'multipart/mixed; boundary=a' },
      says: /^send a form/,
    },
    {
      what: 'no boundary',
      body: '--a--',
      headers: { 'Content-Type': 'multipart/form-data' },
      says: /^The Content-Type of the form names no boundary/,
    },
    {
      what: 'a broken form',
      body: '--a\r\nContent-Disposition: form-data; name="name"\r\n\r\nx',
      headers: { 'Content-Type': 'multipart/form-data; boundary=a' },
      says: /^The multipart body is broken/,
    },
    {
      what: 'a broken form after its file',
      body: '--a\r\nContent-Disposition: form-data; name="file"; filename="b.txt"\r\n\r\nx\r\n--a\r\nContent-',
      headers: { 'Content-Type': 'multipart/form-data; boundary=a' },
      says: /^The multipart body is broken/,
    },
    {
      what: 'latin1',
      body: 'name=a&content=x',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=latin1' },
      says: /UTF-8/,
    },
  ])('$what', async ({ body, headers, says }) => {
    const before = await everything(running)
    const answer = await ask(running, 'POST', '/assets', body, headers)

    expect(answer.status).toBe(400)
    expect(answer.text).toMatch(says)
    expect(answer.headers.get('Content-Type')).toBe('text/plain; charset=utf-8')
    expect(await everything(running)).toBe(before)
  })

  test('the sample of the documentation, run twice', async () => {
    const sample = form({ name: 'sample.css', content: 'html{background:#FFF}' })

    expect((await ask(running, 'POST', '/assets', sample)).status).toBe(200)
    expect((await ask(running, 'POST', '/assets', sample)).status).toBe(400)
  })

  test('none leaves bytes or living records behind', async () => {
    const { totalEntries, entries } = await list(running)
    const hotlinks = entries.filter(({ url }) => url !== null).length
    const { alive, files } = await leftovers(running)

    expect(totalEntries).toBe(entries.length)
    expect(files).toBe(totalEntries - hotlinks)
    expect(alive).toBe(0)
  })
})

test('a type that is not allowed is refused as file, as content, and while it is still sent', async () => {
  const strict = await service({ settings: { allowedTypes: ['image/png'] } })
  for (const parts of [{ name: 'a.css', content: 'a{}' }, { file: { file: 'x'.repeat(3_000_000), name: 'a.txt' } }]) {
    const answer = await ask(strict, 'POST', '/assets', form(parts))

    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([400, 'text/plain; charset=utf-8'])
  }
  expect((await list(strict)).totalEntries).toBe(0)
  expect(await settledLeftovers(strict)).toEqual({ alive: 0, files: 0 })
})
