import { randomBytes } from 'node:crypto'
import { newId, newTempId, randomText } from '@keepsake/shared/domain/identifier'

describe('an identifier', () => {
  test('of a record is 24 lower-case hexadecimal digits, all of them from the random bytes', () => {
    expect(newId(randomBytes)).toMatch(/^[0-9a-f]{24}$/)
    expect(newId(() => Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255]))).toBe('000102030405060708090aff')
  })

  test('of a temporary asset is a prefix and 22 characters of base 62', () => {
    expect(newTempId(randomBytes)).toMatch(/^temp_[0-9A-Za-z]{22}$/)
  })

  test('is another one each time', () => {
    const ids = Array.from({ length: 1000 }, () => [newId(randomBytes), newTempId(randomBytes)]).flat()

    expect(new Set(ids).size).toBe(2000)
  })
})

describe('random text', () => {
  test('leaves out the bytes that would make some characters likelier', () => {
    const rounds = [Uint8Array.from([250, 255, 248]), Uint8Array.from([61, 247, 0, 1])]

    expect(
      randomText(
        () => rounds.shift() ?? new Uint8Array(8),
        '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
        3,
      ),
    ).toBe('zz0')
  })

  test('uses every character about equally often', () => {
    const counts = new Map<string, number>()
    for (const character of randomText(randomBytes, 'abcdefghijklmnopqrstuvwxyz0123456789', 36_000)) {
      counts.set(character, (counts.get(character) ?? 0) + 1)
    }

    expect(counts.size).toBe(36)
    // Six standard deviations: fails once in millions of runs.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(190)
  })

  test('has the length that was asked for, also none', () => {
    expect(randomText(randomBytes, 'ab', 0)).toBe('')
    expect(randomText(randomBytes, 'ab', 301)).toHaveLength(301)
  })
})
