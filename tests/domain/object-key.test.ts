import { randomBytes } from 'node:crypto'
import { collisionSuffix, objectUrl, permanentKey, replacementSuffix } from '@keepsake/shared/domain/object-key'
import fc from 'fast-check'

const AT = new Date('2024-01-15T10:30:00.000Z')

const anyText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units))

describe('a permanent key', () => {
  test.each([
    ['image.jpg', 'image.jpg'],
    ['IMG_0042.JPG', 'IMG_0042.JPG'],
    ['my photo (1).jpg', 'my-photo-1.jpg'],
    ['archive.tar.gz', 'archive.tar.gz'],
    ['Übergröße café.txt', 'Ubergro-e-cafe.txt'],
    ['../../etc/passwd', 'passwd'],
    ['..', 'file'],
    ['', 'file'],
    ['写真.png', 'file.png'],
    ['写真', 'file'],
    ['.profile', 'profile'],
    ['...', 'file'],
    ['a..b.txt', 'a.b.txt'],
    ['a - .txt', 'a.txt'],
    ['-rf.txt', 'rf.txt'],
    ['a%2fb.txt', 'a-2fb.txt'],
    ['a?b#c&d=e+f.txt', 'a-b-c-d-e-f.txt'],
    ['name.写真', 'name'],
    ['a\u0000\ud83db\u202e.txt', 'a-b.txt'],
  ])('of %j ends in %j', (name, expected) => {
    expect(permanentKey(name, AT)).toBe(`uploads/2024/01/15/${expected}`)
  })

  test('carries the date by UTC', () => {
    expect(permanentKey('a.txt', new Date('2024-12-31T23:59:59.999Z'))).toBe('uploads/2024/12/31/a.txt')
    expect(permanentKey('a.txt', new Date('2025-01-01T01:00:00.000+02:00'))).toBe('uploads/2024/12/31/a.txt')
  })

  test.each([
    ['image.jpg', 'image-x7k2p9.jpg'],
    ['archive.tar.gz', 'archive.tar-x7k2p9.gz'],
    ['README', 'README-x7k2p9'],
    ['写真.png', 'file-x7k2p9.png'],
  ])('of %j with a suffix ends in %j', (name, expected) => {
    expect(permanentKey(name, AT, 'x7k2p9')).toBe(`uploads/2024/01/15/${expected}`)
  })

  test('has a last part of at most 200 bytes, suffix and extension included', () => {
    const name = `${'a'.repeat(240)}.jpeg`

    expect(permanentKey(name, AT)).toBe(`uploads/2024/01/15/${'a'.repeat(195)}.jpeg`)
    expect(permanentKey(name, AT, 'x7k2p9')).toBe(`uploads/2024/01/15/${'a'.repeat(188)}-x7k2p9.jpeg`)
  })

  test('is safe and says the same in a url, whatever the name', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyText, fc.string({ unit: 'binary' })),
        fc.constantFrom(undefined, 'x7k2p9'),
        (name, suffix) => {
          const key = permanentKey(name, AT, suffix)
          const last = key.slice('uploads/2024/01/15/'.length)

          expect(key.startsWith('uploads/2024/01/15/')).toBe(true)
          expect(last).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/)
          expect(last).not.toMatch(/\.\.|[.-]$/)
          expect(objectUrl('https://cdn.example', key)).toBe(`https://cdn.example/${key}`)
        },
      ),
    )
  })
})

describe('a suffix', () => {
  test('has 6 lower-case characters for a collision and 12 for replaced content', () => {
    expect(collisionSuffix(randomBytes)).toMatch(/^[0-9a-z]{6}$/)
    expect(replacementSuffix(randomBytes)).toMatch(/^[0-9a-z]{12}$/)
  })

  test('is another one each time', () => {
    const suffixes = Array.from({ length: 1000 }, () => replacementSuffix(randomBytes))

    expect(new Set(suffixes).size).toBe(1000)
  })
})

describe('the url of an object', () => {
  test('is percent-encoded part by part', () => {
    expect(objectUrl('https://cdn.example/files', 'uploads/a b/50%?#/写.png')).toBe(
      'https://cdn.example/files/uploads/a%20b/50%25%3F%23/%E5%86%99.png',
    )
  })

  test('exists for every key, also for one that is no valid text', () => {
    fc.assert(fc.property(anyText, (key) => URL.canParse(objectUrl('https://cdn.example', key))))
  })
})
