import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { detectContentType, SNIFF_BYTES } from '@keepsake/shared/domain/content-type'
import fc from 'fast-check'

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url))
const typeOf = async (content: string | Uint8Array, name = 'upload') => {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return (await detectContentType(bytes, name)).type
}
const noise = Buffer.from([0x07, 0x91, 0x00, 0x1f, 0xee, 0x03, 0x88, 0x12, 0x05, 0xa7, 0x16, 0x02])

describe('the type of a file', () => {
  test.each([
    ['photo.png', 'image/png'],
    ['photo.jpg', 'image/jpeg'],
    ['rotated-by-exif.jpg', 'image/jpeg'],
    ['photo.gif', 'image/gif'],
    ['photo.webp', 'image/webp'],
    ['photo.avif', 'image/avif'],
    ['photo.bmp', 'image/bmp'],
    ['photo.tiff', 'image/tiff'],
    ['directory-at-end.tiff', 'image/tiff'],
    ['document.pdf', 'application/pdf'],
    ['prolog.svg', 'image/svg+xml'],
    ['html-named-photo.jpg', 'text/html'],
  ])('is told by the content of %s, whatever its name', async (name, type) => {
    const bytes = fixture(name).subarray(0, SNIFF_BYTES)

    const named = await Promise.all(['upload', 'a.mp4', 'a.png', name].map((other) => detectContentType(bytes, other)))

    expect(named).toEqual(named.map(() => ({ type, byContent: true })))
  })

  test('is text when its bytes are UTF-16 by their mark', async () => {
    expect(await detectContentType(fixture('utf-16.txt'), 'photo.jpg')).toEqual({ type: 'text/plain', byContent: true })
    expect(await typeOf(Buffer.from('\ufeff<html>', 'utf16le').swap16(), 'photo.jpg')).toBe('text/html')
  })

  test.each([
    ['a page', '<!doctype html><title>a</title>', 'text/html'],
    ['a page in upper case behind blanks', '\n\t <HTML lang=en>', 'text/html'],
    ['a page behind a byte order mark', '\ufeff<html>', 'text/html'],
    ['a page behind blanks of many bytes', '\u00a0\u2028\u3000<html>', 'text/html'],
    ['a page behind a comment', '<!-- hello --><html>', 'text/html'],
    ['a script', '<script>alert(1)</script>', 'text/html'],
    ['an element that loads', '<img src=x onerror=alert(1)>', 'text/html'],
    ['a comment longer than what is looked at', `<!--${'x'.repeat(SNIFF_BYTES)}--><svg/>`, 'text/html'],
    ['a page with a NUL in it', '<html>\u0000</html>', 'text/html'],
    ['XHTML', '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', 'application/xhtml+xml'],
    ['XHTML by its document type', '<?xml version="1.0"?>\n<!DOCTYPE html>\n<x:html/>', 'application/xhtml+xml'],
    ['XML', '<?xml version="1.0"?><note/>', 'application/xml'],
    ['XML that would be a page without its prolog', '<?xml version="1.0"?><table/>', 'application/xml'],
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
    ['an SVG with a prefix', '<svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
    [
      'an SVG behind a prolog and a style sheet',
      '<?xml version="1.0"?><?xml-stylesheet href="a"?><svg/>',
      'image/svg+xml',
    ],
    ['an SVG behind a comment', '<!-- Generator: a --><svg>', 'image/svg+xml'],
    ['an SVG with entities', '<!DOCTYPE svg [ <!ENTITY a "<html>"> ]>\n<svg/>', 'image/svg+xml'],
  ])('is told by the markup of %s', async (_case, text, type) => {
    for (const name of ['upload', 'photo.jpg', 'notes.txt']) {
      expect(await detectContentType(Buffer.from(text), name)).toEqual({ type, byContent: true })
    }
    expect(await typeOf(Buffer.from(`\ufeff${text}`, 'utf16le'))).toBe(type)
  })

  test.each([
    'BM is short for it',
    'MZ, he said',
    'ID3 tags',
    'OggS',
    'BZh91AY&SY',
    'GIF is a format',
    'PK!',
    'II* MM',
  ])('is not told by the signature with which the text %j begins', async (text) => {
    expect(await detectContentType(Buffer.from(text), 'upload')).toEqual({ type: 'text/plain', byContent: true })
  })

  test.each([
    ['{\\rtf1 hello}', 'application/rtf'],
    ['%PDF-1.4 all of it in letters', 'application/pdf'],
    ['%!PS-Adobe-3.0', 'application/postscript'],
    ['BEGIN:VCALENDAR\nVERSION:2.0', 'text/calendar'],
    ['WEBVTT\n\n', 'text/vtt'],
  ])('is told by the signature of a format that is written in text: %j', async (text, type) => {
    expect(await typeOf(text, 'a.jpg')).toBe(type)
  })

  test.each([
    ['notes.txt', 'text/plain'],
    ['README.md', 'text/markdown'],
    ['style.css', 'text/css'],
    ['app.mjs', 'text/javascript'],
    ['data.JSON', 'application/json'],
    ['map.geojson', 'application/geo+json'],
    ['feed.rss', 'application/rss+xml'],
    ['run.sh', 'application/x-sh'],
    ['module.ts', 'text/plain'],
    ['photo.jpg', 'text/plain'],
    ['drawing.svg', 'text/plain'],
    ['letter.docx', 'text/plain'],
    ['notes.unknown', 'text/plain'],
    ['png', 'text/plain'],
    ['.css', 'text/plain'],
  ])('of a text named %s is %s: a name leads a text to types of text only', async (name, type) => {
    expect(await typeOf('hello, wörld', name)).toBe(type)
  })

  test.each([
    ['scan.tga', 'image/x-tga'],
    ['video.mp4', 'video/mp4'],
    ['notes.txt', 'text/plain'],
    ['page.html', 'text/html'],
    ['data.unknown', 'application/octet-stream'],
    ['png', 'application/octet-stream'],
    ['.png', 'application/octet-stream'],
    ['a.constructor', 'application/octet-stream'],
  ])('of unknown bytes, or none, named %s comes from the name: %s', async (name, type) => {
    expect(await detectContentType(noise, name)).toEqual({ type, byContent: false })
    expect(await detectContentType(new Uint8Array(), name)).toEqual({ type, byContent: false })
  })

  test.each([
    ['\x89PNG\r\n\x1a\n', 'image/png'],
    ['\xff\xd8\xff\xe0', 'image/jpeg'],
    ['GIF87a', 'image/gif'],
    ['GIF89a', 'image/gif'],
    ['ID3\x03\0\0\0\0\0\0', 'audio/mpeg'],
    ['II*\0\x08\0\0\0', 'image/tiff'],
  ])('is told by a signature alone, whatever stands behind it: %j', async (signature, type) => {
    const beginning = Buffer.from(signature, 'latin1')

    for (const rest of [
      Buffer.alloc(0),
      Buffer.alloc(SNIFF_BYTES),
      noise,
      Buffer.from('/* a script in a disguise */'),
    ]) {
      const bytes = Buffer.concat([beginning, rest])
      expect(await detectContentType(bytes, 'photo.webp')).toEqual({ type, byContent: true })
    }
  })

  test('of a compressed file is that of the wrapping', async () => {
    expect(await typeOf(gzipSync('<svg/>'), 'drawing.svgz')).toBe('application/gzip')
  })

  test('has no parameters', async () => {
    const opus = Buffer.concat([
      Buffer.from('OggS\0\x02', 'latin1'),
      Buffer.alloc(22),
      Buffer.from('OpusHead\x01\x02\0\0'),
    ])

    expect(await typeOf(opus)).toBe('audio/ogg')
  })

  test('does not depend on more than the beginning', async () => {
    const text = Buffer.from('a'.repeat(SNIFF_BYTES))

    expect(await typeOf(Buffer.concat([text, noise]))).toBe('text/plain')
    expect(await typeOf(Buffer.concat([text.subarray(1), noise]))).toBe('application/octet-stream')
  })

  test('is a plain type for every name and all bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'binary' }), async (bytes, name) => {
        expect(await typeOf(bytes, name)).toMatch(/^[a-z0-9]+\/[a-z0-9.+_-]+$/)
      }),
    )
  })

  test('is told in a moment, however the text is made to be slow', async () => {
    const hostile = ['<!---->', '<!doctype svg [', ']   ', '<?xml ', '<svg \'"', '[', ' ', '<!-- -- '].map((part) =>
      Buffer.from(`<?xml ?><!doctype a [${part.repeat(SNIFF_BYTES)}`),
    )

    const began = performance.now()
    for (const bytes of hostile) await detectContentType(bytes, 'a.svg')

    expect(performance.now() - began).toBeLessThan(1000)
  })
})
