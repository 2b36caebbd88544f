import { fileName, splitName } from '@keepsake/shared/domain/file-name'
import fc from 'fast-check'

/** Any sequence of 16-bit units: also halves of surrogate pairs, controls and slashes. */
const anyText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units))

describe('the name of a file', () => {
  test.each([
    ['a plain name', 'image.jpg', 'image.jpg'],
    ['spaces and signs', ' my photo (1) & more.JPG', ' my photo (1) & more.JPG'],
    ['another script', '写真.png', '写真.png'],
    ['a Unix path', '/home/me/image.jpg', 'image.jpg'],
    ['a Windows path', 'C:\\fakepath\\image.jpg', 'image.jpg'],
    ['both kinds of slashes', 'a\\b/c\\image.jpg', 'image.jpg'],
    ['a way up', '../../etc/passwd', 'passwd'],
    ['a dotfile', '.profile', '.profile'],
    ['three dots', '...', '...'],
    ['nothing', '', 'file'],
    ['one dot', '.', 'file'],
    ['two dots', '..', 'file'],
    ['a folder', 'folder/', 'file'],
    ['a folder above', 'folder/..', 'file'],
    ['two dots with a control between', '.\u0000.', 'file'],
    ['only controls', '\u0000\u0007\u009f', 'file'],
    ['decomposed accents', 'cafe\u0301.txt', 'caf\u00e9.txt'],
    ['an accent behind a control', 'cafe\u0000\u0301.txt', 'caf\u00e9.txt'],
    ['NUL', 'image.php\u0000.jpg', 'image.php.jpg'],
    ['line breaks and tabs', 'a\r\nSet-Cookie: b\t.txt', 'aSet-Cookie: b.txt'],
    ['a line separator', 'a\u2028b.txt', 'ab.txt'],
    ['delete and C1 controls', 'a\u007f\u0085b.txt', 'ab.txt'],
    ['an override of direction', 'photo\u202egpj.exe', 'photogpj.exe'],
    ['isolates and marks of direction', '\u2066a\u2069\u200eb\u061c.txt', 'ab.txt'],
    ['half a surrogate pair', 'a\ud83d.txt', 'a\ufffd.txt'],
    ['escapes, left as they are', '%2e%2e%2fa%00&quot;\u00e9.txt', '%2e%2e%2fa%00&quot;\u00e9.txt'],
    ['emoji made with joiners', '👨‍👩‍👧.png', '👨‍👩‍👧.png'],
  ])('is right for %s', (_case, raw, expected) => {
    expect(fileName(raw)).toBe(expected)
  })

  test('has at most 255 bytes and keeps its extension', () => {
    expect(fileName(`${'a'.repeat(300)}.jpeg`)).toBe(`${'a'.repeat(250)}.jpeg`)
    expect(fileName(`${'a'.repeat(251)}.txt`)).toBe(`${'a'.repeat(251)}.txt`)
    expect(fileName('a'.repeat(300))).toBe('a'.repeat(255))
  })

  test('is cut between characters, never inside one', () => {
    expect(fileName(`${'é'.repeat(200)}.txt`)).toBe(`${'é'.repeat(125)}.txt`)
    expect(fileName(`${'🖼'.repeat(100)}.png`)).toBe(`${'🖼'.repeat(62)}.png`)
  })

  test('does not take a long tail for an extension', () => {
    expect(fileName(`a.${'b'.repeat(300)}`)).toBe(`a.${'b'.repeat(253)}`)
  })

  test('is storable, no path and stable, whatever was sent', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.string({ unit: 'binary', maxLength: 400 })), (raw) => {
        const name = fileName(raw)

        expect(name).not.toMatch(/[/\\\p{Cc}\p{Cs}\p{Bidi_Control}]/u)
        expect(['', '.', '..']).not.toContain(name)
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
        expect(name.normalize('NFC')).toBe(name)
        expect(fileName(name)).toBe(name)
      }),
    )
  })
})

describe('a name in two', () => {
  test.each([
    ['image.jpg', 'image', '.jpg'],
    ['archive.tar.gz', 'archive.tar', '.gz'],
    ['README', 'README', ''],
    ['.profile', '.profile', ''],
    ['end.', 'end.', ''],
    ['', '', ''],
  ])('%j has the stem %j and the extension %j', (name, stem, extension) => {
    expect(splitName(name)).toEqual({ stem, extension })
  })
})
