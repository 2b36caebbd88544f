import { readFileSync } from 'node:fs'
import { DIMENSION_BYTES, imageDimensions } from '@keepsake/shared/domain/image-dimensions'
import fc from 'fast-check'

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url))
const svg = (text: string) => imageDimensions(Buffer.from(text), 'image/svg+xml')

describe('the dimensions of an image', () => {
  test.each([
    ['photo.png', 'image/png'],
    ['photo.jpg', 'image/jpeg'],
    ['photo.gif', 'image/gif'],
    ['photo.webp', 'image/webp'],
    ['photo.avif', 'image/avif'],
    ['photo.bmp', 'image/bmp'],
    ['photo.tiff', 'image/tiff'],
  ])('are read from %s', (name, type) => {
    expect(imageDimensions(fixture(name), type)).toEqual({ width: 40, height: 30 })
  })

  test('are those of the stored pixels, not those after a rotation', () => {
    expect(imageDimensions(fixture('rotated-by-exif.jpg'), 'image/jpeg')).toEqual({ width: 40, height: 30 })
  })

  test('are read from an SVG behind prolog, comment and document type', () => {
    expect(imageDimensions(fixture('prolog.svg'), 'image/svg+xml')).toEqual({ width: 120, height: 80 })
    expect(svg(`<!-- ${'x'.repeat(3000)} --><svg width="7" height="5"></svg>`)).toEqual({ width: 7, height: 5 })
  })

  test.each([
    ['only a view box', '<svg viewBox="0 0 30 20"/>', { width: 30, height: 20 }],
    ['relative lengths and no view box', '<svg width="100%" height="100%"/>', undefined],
    ['no lengths', '<svg xmlns="http://www.w3.org/2000/svg"/>', undefined],
    ['a view box of words', '<svg viewBox="a b c d"/>', undefined],
    ['a view box of nothing', '<svg viewBox="0 0 0 0"/>', undefined],
    ['negative lengths', '<svg width="-3" height="-2"/>', undefined],
    ['more than a number can count', `<svg width="${'9'.repeat(30)}" height="1"/>`, undefined],
  ])('of an SVG with %s are %j', (_case, text, expected) => {
    expect(svg(text)).toEqual(expected)
  })

  test('are found behind metadata that fits the prefix, and not sought beyond it', () => {
    const photo = fixture('photo.jpg')
    const segment = Buffer.concat([Buffer.from([0xff, 0xe2, 0xff, 0xff]), Buffer.alloc(0xffff - 2)])
    const behind = (segments: number) =>
      Buffer.concat([photo.subarray(0, 20), ...Array<Buffer>(segments).fill(segment), photo.subarray(20)])

    expect(imageDimensions(behind(3), 'image/jpeg')).toEqual({ width: 40, height: 30 })
    expect(behind(5).length).toBeGreaterThan(DIMENSION_BYTES)
    expect(imageDimensions(behind(5), 'image/jpeg')).toBeUndefined()
  })

  test('do not exist for what is no image, even when an image stands in it', () => {
    const page = Buffer.from('<!doctype html><body><svg width="10" height="10"></svg>')

    expect(imageDimensions(page, 'text/html')).toBeUndefined()
    expect(imageDimensions(page, 'image/png')).toBeUndefined()
    expect(imageDimensions(fixture('photo.png'), 'application/octet-stream')).toBeUndefined()
  })

  test('are unknown for every image that is cut before its size', () => {
    expect(imageDimensions(fixture('photo.png').subarray(0, 15), 'image/png')).toBeUndefined()
    expect(imageDimensions(fixture('directory-at-end.tiff').subarray(0, 4100), 'image/tiff')).toBeUndefined()
    expect(imageDimensions(new Uint8Array(), 'image/png')).toBeUndefined()
  })

  test('are whole numbers of pixels or unknown, however damaged the file', () => {
    const names = ['photo.png', 'photo.jpg', 'photo.gif', 'photo.webp', 'photo.avif', 'photo.bmp', 'photo.tiff']
    const damage = fc.array(fc.record({ at: fc.nat(400), byte: fc.nat(255) }), { maxLength: 20 })

    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(900), damage, (name, length, flips) => {
        const bytes = Buffer.from(fixture(name).subarray(0, length))
        for (const { at, byte } of flips) if (at < bytes.length) bytes[at] = byte

        const found = imageDimensions(bytes, 'image/png')

        if (found)
          expect([found.width, found.height].every((pixels) => Number.isInteger(pixels) && pixels > 0)).toBe(true)
      }),
    )
  })
})
