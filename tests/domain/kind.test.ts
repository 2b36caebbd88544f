import { flagsByName, kindOf } from '@keepsake/shared/domain/kind'

test.each([
  ['style', 'css'],
  ['script', 'js mjs'],
  ['image', 'png jpg jpeg gif webp avif svg ico bmp tif tiff'],
  ['video', 'mp4 m4v webm ogv mov'],
  ['text', 'txt html htm json xml csv md'],
] as const)('files of the kind %s end in one of %s, whatever the case', (kind, extensions) => {
  for (const extension of extensions.split(' ')) {
    expect(kindOf(`a.${extension}`)).toBe(kind)
    expect(kindOf(`a.tar.${extension.toUpperCase()}`)).toBe(kind)
    expect(flagsByName(`a.${extension}`)).toEqual([kind])
  }
})

test.each([
  'a.pdf',
  'a',
  '',
  'css',
  '.css',
  '.JS',
  'a.',
  'a.css.',
  'a.css ',
  'a.toString',
  'a.constructor',
  'css.a',
  '.',
])('a file that is called %j has no kind', (name) => {
  expect(kindOf(name)).toBeUndefined()
  expect(flagsByName(name)).toEqual([])
})

test('what begins with a dot has an extension after another one', () => {
  expect(kindOf('.hidden.js')).toBe('script')
})
