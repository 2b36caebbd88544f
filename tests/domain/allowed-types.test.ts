import { readFileSync } from 'node:fs'
import { detectContentType, isTypeAllowed } from '@keepsake/shared/domain/content-type'

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url))

describe('what ALLOWED_TYPES takes', () => {
  const told = (type: string) => ({ type, byContent: true })
  const named = (type: string) => ({ type, byContent: false })

  test.each([
    ['anything by */*', told('application/x-msdownload'), ['*/*'], true],
    ['also an unknown type by */*', named('application/octet-stream'), ['*/*'], true],
    ['also an image by name alone by */*', named('image/png'), ['*/*'], true],
    ['an image by its range', told('image/png'), ['image/*'], true],
    ['an image by its name', told('image/png'), ['image/jpeg', 'image/png'], true],
    ['an entry in upper case with blanks', told('image/png'), [' Image/PNG '], true],
    ['a range in upper case', told('image/png'), ['IMAGE/*'], true],
    ['another image', told('image/gif'), ['image/jpeg', 'image/png'], false],
    ['no SVG by image/*', told('image/svg+xml'), ['image/*'], false],
    ['an SVG that is named', told('image/svg+xml'), ['image/*', 'image/svg+xml'], true],
    ['no image by name alone by image/*', named('image/png'), ['image/*'], false],
    ['no video by name alone by video/*', named('video/mp4'), ['video/*'], false],
    ['no audio by name alone by audio/*', named('audio/mpeg'), ['audio/*'], false],
    ['a type by name alone when it is named', named('image/x-tga'), ['image/x-tga'], true],
    ['a text by name alone by text/*', named('text/css'), ['text/*'], true],
    ['a video by its range', told('video/mp4'), ['image/*', 'video/*'], true],
    ['nothing that merely begins alike', told('imageset/png'), ['image/*'], false],
    ['nothing that merely goes on alike', told('image/png2'), ['image/png'], false],
    ['nothing by an empty list', told('image/png'), [], false],
    ['nothing by an empty entry', told('image/png'), [''], false],
  ])('%s: %j by %j', (_case, detected, allowed, expected) => {
    expect(isTypeAllowed(detected, allowed)).toBe(expected)
  })

  test('a page that is named like a photo is no image', async () => {
    const detected = await detectContentType(fixture('html-named-photo.jpg'), 'photo.jpg')

    expect(isTypeAllowed(detected, ['image/*', 'image/jpeg'])).toBe(false)
  })
})
