import { readError, violatedIndex, writeError } from '@keepsake/shared/adapters/mongodb/mongo-error'
import mongoose from 'mongoose'

const { MongoNetworkError, MongoServerError } = mongoose.mongo

describe('a failure of MongoDB', () => {
  test.each([
    ['another member is the primary', 10107, 'UNAVAILABLE'],
    ['the credentials are refused', 18, 'UNAVAILABLE'],
    ['another write stood in its way', 112, 'UNAVAILABLE'],
    ['the server has no room', 14031, 'STORAGE_FULL'],
    ['the server ran out of time', 50, 'OUTCOME_UNKNOWN'],
    ['the primary stepped down', 189, 'OUTCOME_UNKNOWN'],
    ['the server shuts down', 11600, 'OUTCOME_UNKNOWN'],
    ['the majority did not answer', 64, 'OUTCOME_UNKNOWN'],
  ])('while it writes, because %s (%i), is %s', (_, code, expected) => {
    const cause = new MongoServerError({ message: 'a secret', code })

    expect(writeError(cause)).toMatchObject({ code: expected, cause })
    expect(String(writeError(cause))).not.toContain('secret')
    if (expected !== 'STORAGE_FULL') expect(readError(cause)).toMatchObject({ code: 'UNAVAILABLE', cause })
  })

  test('of the network is unknown once something was sent, and harmless before', () => {
    const lost = new MongoNetworkError('connection closed')
    const refused = new MongoNetworkError('connect', { cause: Object.assign(new Error('no'), { syscall: 'connect' }) })

    expect(writeError(lost)).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(writeError(refused)).toMatchObject({ code: 'UNAVAILABLE' })
    expect(readError(lost)).toMatchObject({ code: 'UNAVAILABLE' })
  })

  test.each([
    ['an operator that it does not know', new MongoServerError({ message: 'unknown operator: $foo', code: 2 })],
    ['a duplicate key', new MongoServerError({ message: 'E11000 duplicate key error index: x dup key', code: 11000 })],
    ['our own mistake', new TypeError('not a function')],
    ['no error at all', 'text'],
  ])('that is %s passes through', (_, error) => {
    expect(readError(error)).toBe(error)
    expect(writeError(error)).toBe(error)
  })

  test.each([
    [11000, 'E11000 duplicate key error collection: db.assets index: assets_by_place dup key: { place: "index: x" }'],
    [11000, "Duplicate key violation on the requested collection: Index 'assets_by_place'"],
    [1, "Duplicate key violation on the requested collection: Index 'assets_by_place'"],
  ])('that violates an index (%i) names it: %s', (code, message) => {
    expect(violatedIndex(new MongoServerError({ message, code }))).toBe('assets_by_place')
    expect(violatedIndex(new MongoServerError({ message: 'other', code: 1 }))).toBeUndefined()
  })
})
