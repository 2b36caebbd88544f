import { foundDuplicates, readError, violatedIndex, writeError } from '@keepsake/shared/adapters/mongodb/mongo-error'
import { openingError } from '@keepsake/shared/adapters/mongodb/opening-error'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import mongoose from 'mongoose'

const { MongoCompatibilityError, MongoNetworkError, MongoRuntimeError, MongoServerError } = mongoose.mongo

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

describe('a failure of MongoDB at the start', () => {
  const URI = 'mongodb://user:pass%2Fword@a.example:27017,b.example/keepsake?authSource=admin'
  const PLACE = 'The database at a.example:27017,b.example'

  const server = (code: number, codeName?: string, message = 'a secret') =>
    new MongoServerError({ message, code, ...(codeName !== undefined && { codeName }) })
  const lookup = Object.assign(new Error('querySrv ENOTFOUND _mongodb._tcp.b.example'), {
    code: 'ENOTFOUND',
    syscall: 'querySrv',
  })
  const file = Object.assign(new Error("ENOENT: open '/secret'"), { code: 'ENOENT', syscall: 'open' })

  const REFUSED = `${PLACE} refused the credentials; look at its address.`
  const DENIED = `${PLACE} denies the access; its address must name a user who may read and write there.`
  const unusable = (name: string) => `${PLACE} cannot be used (${name}); look at its address and at what it holds.`
  const strange = `${PLACE} has an address that the driver does not understand.`

  test.each([
    ['CONFIG_INVALID', REFUSED, server(18, 'AuthenticationFailed')],
    ['CONFIG_INVALID', REFUSED, server(8000, 'AtlasError', 'bad auth : a secret')],
    ['CONFIG_INVALID', DENIED, server(8000, 'AtlasError')],
    ['CONFIG_INVALID', DENIED, server(13, 'Unauthorized')],
    ['CONFIG_INVALID', unusable('MechanismUnavailable'), server(334, 'MechanismUnavailable')],
    ['CONFIG_INVALID', unusable('InvalidNamespace'), server(73, 'InvalidNamespace')],
    ['CONFIG_INVALID', unusable('MongoServerError'), server(73, 'not a name: a secret')],
    ['CONFIG_INVALID', unusable('MongoCompatibilityError'), new MongoCompatibilityError('a secret')],
    ['CONFIG_INVALID', strange, new MongoRuntimeError('a secret')],
    ['CONFIG_INVALID', strange, new URIError('a secret')],
    ['CONFIG_INVALID', `${PLACE} has an address with a file that cannot be read (ENOENT).`, file],
    ['UNAVAILABLE', `${PLACE} is out of reach (ENOTFOUND).`, lookup],
    ['UNAVAILABLE', `${PLACE} cannot be used at the moment (MongoNetworkError).`, new MongoNetworkError('a secret')],
    ['UNAVAILABLE', `${PLACE} cannot be used at the moment (ShutdownInProgress).`, server(91, 'ShutdownInProgress')],
  ])('is %s: %s', (code, message, cause) => {
    expect(openingError(cause, URI)).toMatchObject({ code, message, cause })
  })

  test.each(['UNAVAILABLE', 'OUTCOME_UNKNOWN'] as const)('is the same when it was %s before', (code) => {
    const cause = server(13, 'Unauthorized')

    const error = openingError(new KeepsakeError(code, 'A sentence.', { cause }), URI)

    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: DENIED, cause })
  })

  test.each([
    ['a failure that has its sentence', new KeepsakeError('SCHEMA_NEWER', 'A sentence.')],
    ['one that has its sentence and a cause', new KeepsakeError('STORAGE_FULL', 'A sentence.', { cause: server(1) })],
    ['our own mistake', new TypeError('not a function')],
    ['no error at all', 'text'],
  ])('that is %s passes through', (_, error) => {
    expect(openingError(error, URI)).toBe(error)
  })

  test.each([
    [11000, 'Index build failed: caused by :: E11000 duplicate key error collection: db.assets index: x dup key: {}'],
    [1, 'could not create exclusion constraint "documents_rum_index_7"'],
    [1, 'could not create unique index "documents_rum_index_7"'],
  ])('while it makes a unique index (%i) is told from others: %s', (code, message) => {
    expect(foundDuplicates(server(code, 'InternalError', message))).toBe(true)
    expect(foundDuplicates(server(1, 'InternalError'))).toBe(false)
    expect(foundDuplicates(new Error(message))).toBe(false)
  })
})
