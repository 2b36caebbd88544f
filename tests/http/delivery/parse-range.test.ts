import { parseRange } from '@keepsake/server/http/parse-range'
import fc from 'fast-check'

describe('parsing a Range header', () => {
  test.each([
    ['bytes=0-0', 10, { start: 0, end: 0 }],
    ['bytes=0-9', 10, { start: 0, end: 9 }],
    ['bytes=3-', 10, { start: 3, end: 9 }],
    ['bytes=9-9', 10, { start: 9, end: 9 }],
    ['bytes=9-10', 10, { start: 9, end: 9 }],
    ['bytes=0-99999999999999999999999', 10, { start: 0, end: 9 }],
    ['bytes=-1', 10, { start: 9, end: 9 }],
    ['bytes=-10', 10, { start: 0, end: 9 }],
    ['bytes=-11', 10, { start: 0, end: 9 }],
    ['bytes=-99999999999999999999999', 10, { start: 0, end: 9 }],
    ['BYTES=1-2', 10, { start: 1, end: 2 }],
    ['bytes=007-008', 10, { start: 7, end: 8 }],
  ])('%s of %d bytes is a range', (header, size, range) => {
    expect(parseRange(header, size)).toEqual(range)
  })

  test.each([
    ['bytes=10-', 10],
    ['bytes=10-20', 10],
    ['bytes=99999999999999999999999-', 10],
    ['bytes=-0', 10],
    ['bytes=0-', 0],
    ['bytes=0-0', 0],
    ['bytes=-1', 0],
    ['bytes=-0', 0],
  ])('%s of %d bytes cannot be satisfied', (header, size) => {
    expect(parseRange(header, size)).toBe('unsatisfiable')
  })

  test.each([
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=--1',
    'bytes=5',
    'bytes=5-4',
    'bytes=a-b',
    'bytes=0x0-0x1',
    'bytes=1e1-',
    'bytes=+1-2',
    'bytes=1.5-2',
    'bytes=1-2.',
    'bytes= 0-1',
    'bytes=0 -1',
    'bytes=0-1 ',
    'bytes =0-1',
    'bytes:0-1',
    'bytes=0-1,',
    'bytes=0-1,3-4',
    'bytes=0-1, bytes=3-4',
    'bytes=٠-١',
    'bytes=0-1\n',
    'items=0-1',
    'none',
  ])('%j is ignored', (header) => {
    expect(parseRange(header, 10)).toBeUndefined()
  })

  test('never names a byte outside of the content', () => {
    const digits = fc.option(fc.nat({ max: 300 }), { nil: '' })
    fc.assert(
      fc.property(digits, digits, fc.nat({ max: 200 }), (first, last, size) => {
        const range = parseRange(`bytes=${first}-${last}`, size)
        if (range === undefined || range === 'unsatisfiable') return
        expect(range.start).toBeGreaterThanOrEqual(0)
        expect(range.start).toBeLessThanOrEqual(range.end)
        expect(range.end).toBeLessThan(size)
      }),
    )
  })
})
