import { accessKeyType, hashAccessKey } from '@keepsake/shared/domain/access-key'
import fc from 'fast-check'

const tail = 'x'.repeat(24)

describe('a plain access key', () => {
  test.each([
    [`sk_${tail}`, 'secret'],
    [`pk_${tail}`, 'public'],
    [`sk_${'!~'.repeat(12)}`, 'secret'],
    [`pk_${'x'.repeat(500)}`, 'public'],
  ])('like %s is a %s one', (plain, type) => {
    expect(accessKeyType(plain)).toBe(type)
  })

  test.each([
    ['nothing', ''],
    ['one character too few', `sk_${tail.slice(1)}`],
    ['far too many', `sk_${'x'.repeat(501)}`],
    ['an unknown prefix', `ak_${tail}`],
    ['upper case', `SK_${tail}`],
    ['no prefix', tail],
    ['a blank inside', `sk_${tail} ${tail}`],
    ['a line break at the end', `sk_${tail}\n`],
    ['something before it', ` sk_${tail}`],
    ['other letters', `sk_${'é'.repeat(24)}`],
    ["Python's None", 'None'],
  ])('is not taken with %s', (_case, plain) => {
    expect(accessKeyType(plain)).toBeUndefined()
  })

  test('is hashed with SHA-256', () => {
    expect(hashAccessKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  test('has a type and a hash whatever is sent as one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (plain) => {
        expect([undefined, 'secret', 'public']).toContain(accessKeyType(plain))
        expect(hashAccessKey(plain)).toMatch(/^[0-9a-f]{64}$/)
      }),
    )
  })
})
