import { type Parse, refuse } from './env.ts'

const SIZE_UNITS: Readonly<Record<string, number>> = { '': 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 }
const DURATION_UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Text that matches `pattern`; `what` completes "must be …". */
export function matching(pattern: RegExp, what: string): Parse<string> {
  return (text) => (pattern.test(text) ? text : refuse(`must be ${what}`))
}

/** One of a few words. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Parse<Word> {
  return (text) => words.find((word) => word === text) ?? refuse(`must be one of ${words.join(', ')}`)
}

/** Yes or no. */
export function flag(text: string): boolean {
  if (text === 'true' || text === '1') return true
  return text === 'false' || text === '0' ? false : refuse('must be true or false')
}

/** A whole number within bounds. */
export function wholeNumber(least: number, most: number = Number.MAX_SAFE_INTEGER): Parse<number> {
  const rule = `must be a whole number ${most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`}`
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    return value >= least && value <= most ? value : refuse(rule)
  }
}

/** Bytes: `500000`, `64kb`, `100mb`, `2gb`; a kilobyte has 1024. */
export function size(least: number): Parse<number> {
  const rule = `must be a size like 500000, 64kb, 100mb or 2gb${least > 0 ? `, at least ${least} bytes` : ''}`
  return (text) => {
    const [, digits = '', unit = ''] = /^(\d+) ?(kb|mb|gb|)$/.exec(text.toLowerCase()) ?? []
    const value = digits === '' ? Number.NaN : Number(digits) * (SIZE_UNITS[unit] ?? Number.NaN)
    return value >= least && Number.isSafeInteger(value) ? value : refuse(rule)
  }
}

/** Milliseconds, written as `1s`, `10m`, `24h` or `7d`; the bounds are written so too. */
export function duration(least: string, most: string): Parse<number> {
  const [from, to] = [milliseconds(least), milliseconds(most)]
  return (text) => {
    const value = milliseconds(text)
    return value >= from && value <= to
      ? value
      : refuse(`must be a duration from ${least} to ${most}, like 30s, 10m, 24h or 7d`)
  }
}

/** Values between commas; empty ones are left out. */
export function list<T>(item: Parse<T>): Parse<readonly T[]> {
  return (text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map(item)
}

/** An http or https address without a query; its trailing slashes are taken away. */
export function webAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : refuse('must be an address like https://files.example.com')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refuse('must begin with http:// or https://')
  if (url.username || url.password) return refuse('must not contain a user name or password')
  if (url.search || url.hash) return refuse('must not contain ? or #')
  if (!/^(\/[\w.~-]+)*\/*$/.test(url.pathname)) return refuse('may have only letters, digits and . _ ~ - in its path')
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

function milliseconds(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? []
  return digits === '' ? Number.NaN : Number(digits) * (DURATION_UNITS[unit] ?? Number.NaN)
}
