import type { IncomingHttpHeaders } from 'node:http'
import { checkPreconditions, isRangeCurrent } from '@keepsake/server/http/conditionals'

const etag = '"abc123"'
const lastModified = new Date('2024-01-15T10:30:00.900Z')
const validators = { etag, lastModified }

const BEFORE = 'Mon, 15 Jan 2024 10:29:59 GMT'
const EXACT = 'Mon, 15 Jan 2024 10:30:00 GMT'
const AFTER = 'Mon, 15 Jan 2024 10:30:01 GMT'

describe('the preconditions of a request', () => {
  test.each<[IncomingHttpHeaders, string]>([
    [{}, 'proceed'],

    [{ 'if-none-match': '"abc123"' }, 'unchanged'],
    [{ 'if-none-match': 'W/"abc123"' }, 'unchanged'],
    [{ 'if-none-match': '*' }, 'unchanged'],
    [{ 'if-none-match': '"x", W/"y" ,"abc123"' }, 'unchanged'],
    [{ 'if-none-match': ',,"abc123",' }, 'unchanged'],
    [{ 'if-none-match': '"x"' }, 'proceed'],
    [{ 'if-none-match': 'abc123' }, 'proceed'],
    [{ 'if-none-match': 'w/"abc123"' }, 'proceed'],
    [{ 'if-none-match': '"ABC123"' }, 'proceed'],
    [{ 'if-none-match': '"x", *' }, 'proceed'],
    [{ 'if-none-match': '' }, 'proceed'],

    [{ 'if-modified-since': EXACT }, 'unchanged'],
    [{ 'if-modified-since': AFTER }, 'unchanged'],
    [{ 'if-modified-since': BEFORE }, 'proceed'],
    [{ 'if-modified-since': 'Monday, 15-Jan-24 10:30:00 GMT' }, 'unchanged'],
    [{ 'if-modified-since': 'Mon Jan 15 10:30:00 2024' }, 'unchanged'],
    [{ 'if-modified-since': 'Sun Jan  7 10:30:00 2024' }, 'proceed'],
    [{ 'if-modified-since': '2030-01-01' }, 'proceed'],
    [{ 'if-modified-since': '2030-01-01T00:00:00Z' }, 'proceed'],
    [{ 'if-modified-since': '1893456000' }, 'proceed'],
    [{ 'if-modified-since': 'Sat, 31 Feb 2099 10:30:00 GMT' }, 'proceed'],
    [{ 'if-modified-since': 'Mon, 15 Jan 2099 25:30:00 GMT' }, 'proceed'],
    [{ 'if-modified-since': 'Mon, 15 Jan 2099 10:30:00 +0100' }, 'proceed'],
    [{ 'if-modified-since': 'yesterday' }, 'proceed'],
    [{ 'if-modified-since': '' }, 'proceed'],
    [{ 'if-modified-since': AFTER, 'if-none-match': '"x"' }, 'proceed'],
    [{ 'if-modified-since': BEFORE, 'if-none-match': etag }, 'unchanged'],

    [{ 'if-match': '"abc123"' }, 'proceed'],
    [{ 'if-match': '*' }, 'proceed'],
    [{ 'if-match': '"x", "abc123"' }, 'proceed'],
    [{ 'if-match': '"x"' }, 'failed'],
    [{ 'if-match': 'W/"abc123"' }, 'failed'],
    [{ 'if-match': 'abc123' }, 'failed'],
    [{ 'if-match': etag, 'if-none-match': etag }, 'unchanged'],
    [{ 'if-match': '"x"', 'if-none-match': etag }, 'failed'],

    [{ 'if-unmodified-since': EXACT }, 'proceed'],
    [{ 'if-unmodified-since': AFTER }, 'proceed'],
    [{ 'if-unmodified-since': BEFORE }, 'failed'],
    [{ 'if-unmodified-since': 'never' }, 'proceed'],
    [{ 'if-unmodified-since': BEFORE, 'if-match': etag }, 'proceed'],
    [{ 'if-unmodified-since': AFTER, 'if-match': '"x"' }, 'failed'],
    [{ 'if-unmodified-since': EXACT, 'if-none-match': etag }, 'unchanged'],
  ])('%j: %s', (headers, verdict) => {
    expect(checkPreconditions(headers, validators)).toBe(verdict)
  })

  test('ignore dates where the content has none', () => {
    const headers = { 'if-modified-since': AFTER, 'if-unmodified-since': BEFORE }

    expect(checkPreconditions(headers, { etag })).toBe('proceed')
  })
})

describe('If-Range', () => {
  test.each<[string | undefined, boolean]>([
    [undefined, true],
    ['"abc123"', true],
    [EXACT, true],
    ['W/"abc123"', false],
    ['"x"', false],
    ['abc123', false],
    ['*', false],
    ['"abc123", "x"', false],
    [BEFORE, false],
    [AFTER, false],
    ['', false],
  ])('%j: %s', (ifRange, current) => {
    expect(isRangeCurrent({ 'if-range': ifRange }, validators)).toBe(current)
  })

  test('takes no date where the content has none', () => {
    expect(isRangeCurrent({ 'if-range': EXACT }, { etag })).toBe(false)
  })
})
