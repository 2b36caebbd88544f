import { entryName, folderPath, parsePlace, placeKey, placeOfKey, withParents } from '@keepsake/shared/domain/place'

describe('a place', () => {
  test.each([
    [{ folder: '', name: 'a.jpg' }, 'p1//a.jpg'],
    [{ folder: 'a', name: 'b.jpg' }, 'p1/a/b.jpg'],
    [{ folder: 'uploads/2024/01/15', name: 'ä \u{1f642}.jpg' }, 'p1/uploads/2024/01/15/ä \u{1f642}.jpg'],
  ])('of %j is one string, and back', (place, key) => {
    expect(placeKey('p1', place)).toBe(key)
    expect(parsePlace(key)).toEqual(place)
  })

  test('of a persisted upload is the folder of its key', () => {
    expect(placeOfKey('uploads/2024/01/15/a.jpg')).toEqual({ folder: 'uploads/2024/01/15', name: 'a.jpg' })
    expect(placeOfKey('a.jpg')).toEqual({ folder: '', name: 'a.jpg' })
  })
})

describe('a name', () => {
  test.each([
    ['a.jpg', 'a.jpg'],
    ['a\u0308.jpg', 'ä.jpg'],
    [' a ', ' a '],
    ['...', '...'],
    ['.profile', '.profile'],
    ['a"\'%?#:*<>|.\u{1f642}', 'a"\'%?#:*<>|.\u{1f642}'],
    ['x'.repeat(255), 'x'.repeat(255)],
    ['ä'.repeat(127), 'ä'.repeat(127)],
    ['a\u0308'.repeat(127), 'ä'.repeat(127)],
  ])('like %j is taken, in NFC', (raw, name) => {
    expect(entryName(raw)).toBe(name)
  })

  test.each([
    '',
    '.',
    '..',
    'a/b',
    '/',
    'a\\b',
    'a\0',
    'a\nb',
    '\x7f',
    '\x85',
    '\ud83d',
    'x'.repeat(256),
    'ä'.repeat(128),
  ])('like %j is refused', (raw) => {
    expect(() => entryName(raw)).toThrow(expect.objectContaining({ code: 'BODY_INVALID', details: { param: 'name' } }))
  })
})

describe('a folder', () => {
  test.each([
    ['', ''],
    ['/', ''],
    ['///', ''],
    ['a', 'a'],
    ['/a/b/', 'a/b'],
    ['//a//', 'a'],
    ['a\u0308/b', 'ä/b'],
    ['...', '...'],
    ['a b/.c', 'a b/.c'],
    [`${'x'.repeat(1023)}/`, 'x'.repeat(1023)],
    ['x'.repeat(1024), 'x'.repeat(1024)],
  ])('like %j is taken, without slashes at its ends', (raw, path) => {
    expect(folderPath(raw, 'folder')).toBe(path)
  })

  test.each(['.', '..', 'a/..', '../a', '/../', 'a/./b', 'a//b', 'a\\b', 'a\0', 'a/\n', '\udc00', 'x'.repeat(1025)])(
    'like %j is refused',
    (raw) => {
      for (const param of ['folder', 'path'] as const) {
        expect(() => folderPath(raw, param)).toThrow(
          expect.objectContaining({ code: 'BODY_INVALID', details: { param } }),
        )
      }
    },
  )

  test('has those above it, outermost first', () => {
    expect(withParents('a/b/c')).toEqual(['a', 'a/b', 'a/b/c'])
    expect(withParents('a')).toEqual(['a'])
    expect(withParents('')).toEqual([])
  })
})
