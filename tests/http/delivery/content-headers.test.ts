import type { OutgoingHttpHeaders } from 'node:http'
import { addContentHeaders } from '@keepsake/server/http/content-headers'
import type { Asset, Content } from '@keepsake/shared/domain/asset'

type Whole = Asset & { readonly content: Content }

function assetOf(type: string, { utf8 = true, name = 'file' } = {}): Whole {
  const at = new Date('2024-01-15T10:30:00Z')
  return {
    id: 'a'.repeat(24),
    version: 1,
    projectId: 'b'.repeat(24),
    userId: 'c'.repeat(24),
    state: 'persisted',
    keys: [],
    incoming: [],
    garbage: [],
    marks: [],
    retired: [],
    flags: [],
    failures: 0,
    name,
    createdAt: at,
    updatedAt: at,
    content: { size: 3, sha256: '0'.repeat(64), type, utf8, storedAt: at },
  }
}

function contentHeaders(asset: Whole, download: boolean): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {}
  addContentHeaders(headers, asset, download)
  return headers
}

describe('the headers of a type', () => {
  test.each([
    ['image/png', 'inline', false],
    ['image/jpeg', 'inline', false],
    ['image/gif', 'inline', false],
    ['image/webp', 'inline', false],
    ['image/avif', 'inline', false],
    ['video/mp4', 'inline', false],
    ['audio/mpeg', 'inline', false],
    ['text/plain', 'inline', false],
    ['application/pdf', 'inline', false],
    ['image/svg+xml', 'inline', true],
    ['text/html', 'attachment', true],
    ['application/xhtml+xml', 'attachment', true],
    ['application/xml', 'attachment', true],
    ['text/xml', 'attachment', true],
    ['text/xsl', 'attachment', true],
    ['application/rss+xml', 'attachment', true],
    ['application/mathml+xml', 'attachment', true],
    ['application/xml-dtd', 'attachment', true],
    ['image/bmp', 'attachment', false],
    ['image/tiff', 'attachment', false],
    ['image/x-icon', 'attachment', false],
    ['text/css', 'attachment', false],
    ['text/csv', 'attachment', false],
    ['text/javascript', 'attachment', false],
    ['application/json', 'attachment', false],
    ['application/zip', 'attachment', false],
    ['application/gzip', 'attachment', false],
    ['application/octet-stream', 'attachment', false],
    ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'attachment', false],
    ['message/rfc822', 'attachment', false],
  ])('%s: %s, sandboxed: %s', (type, disposition, sandboxed) => {
    const headers = contentHeaders(assetOf(type), false)

    expect(headers['Content-Disposition']).toMatch(new RegExp(`^${disposition};`))
    expect('Content-Security-Policy' in headers).toBe(sandboxed)
  })

  test('the sandbox allows nothing', () => {
    const policy = String(contentHeaders(assetOf('text/html'), false)['Content-Security-Policy'])

    expect(policy).toMatch(/^sandbox; default-src 'none'; /)
    expect(policy).not.toMatch(/allow-|script|https?:|\*/)
  })

  test.each(['image/png', 'image/svg+xml', 'video/mp4', 'text/plain', 'application/pdf'])(
    '%s that is asked for as a download is an attachment',
    (type) => {
      expect(contentHeaders(assetOf(type), true)['Content-Disposition']).toMatch(/^attachment;/)
    },
  )

  test.each([
    'text/plain',
    'text/html',
    'text/css',
    'text/csv',
    'text/javascript',
    'application/javascript',
    'application/node',
    'application/json',
    'application/ld+json',
    'application/xml',
    'application/xml-dtd',
    'image/svg+xml',
  ])('%s names UTF-8 only when the bytes are', (type) => {
    expect(contentHeaders(assetOf(type), false)['Content-Type']).toBe(`${type}; charset=utf-8`)
    expect(contentHeaders(assetOf(type, { utf8: false }), false)['Content-Type']).toBe(type)
  })

  test.each(['image/png', 'application/pdf', 'application/octet-stream', 'video/mp4'])('%s has no charset', (type) => {
    expect(contentHeaders(assetOf(type), false)['Content-Type']).toBe(type)
  })
})

describe('the name of a download', () => {
  test.each([
    ['photo.jpg', 'filename="photo.jpg"', "filename*=UTF-8''photo.jpg"],
    ["it's (1) *.pdf", 'filename="it\'s (1) *.pdf"', "filename*=UTF-8''it%27s%20%281%29%20%2A.pdf"],
    ['Übung.txt', 'filename="_bung.txt"', "filename*=UTF-8''%C3%9Cbung.txt"],
    ['😀.png', 'filename="_.png"', "filename*=UTF-8''%F0%9F%98%80.png"],
    ['a"b\\c.txt', 'filename="a_b_c.txt"', "filename*=UTF-8''a%22b%5Cc.txt"],
    ['100%25.txt', 'filename="100_25.txt"', "filename*=UTF-8''100%2525.txt"],
    ['a; filename=evil.html', 'filename="a; filename=evil.html"', "filename*=UTF-8''a%3B%20filename%3Devil.html"],
    ['a\r\nSet-Cookie: b', 'filename="a__Set-Cookie: b"', "filename*=UTF-8''a%0D%0ASet-Cookie%3A%20b"],
    ['\u202egpj.exe', 'filename="_gpj.exe"', "filename*=UTF-8''%E2%80%AEgpj.exe"],
    ['half \ud83d pair', 'filename="half _ pair"', "filename*=UTF-8''half%20%EF%BF%BD%20pair"],
  ])('%j', (name, plain, extended) => {
    const headers = contentHeaders(assetOf('application/zip', { name }), false)

    expect(headers['Content-Disposition']).toBe(`attachment; ${plain}; ${extended}`)
  })
})
