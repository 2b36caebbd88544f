const PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:(Z)|([+ -])(\d{2})(?::?(\d{2}))?)?)?$/i

/**
 * A time in ISO 8601, to the millisecond: a date alone is its first moment in UTC, and a time without a zone is UTC.
 * Undefined for all else, and for a date that no calendar has.
 */
export function parseTime(text: string): Date | undefined {
  const match = PATTERN.exec(text)
  if (!match) return undefined
  const [
    ,
    year,
    month,
    day,
    hour = '0',
    minute = '0',
    second = '0',
    fraction = '',
    ,
    sign,
    zoneHour = '0',
    zoneMinute = '0',
  ] = match
  const parts = [year, month, day, hour, minute, second].map(Number)
  const [y = 0, m = 0, d = 0, h = 0, min = 0, s = 0] = parts
  if (h > 23 || min > 59 || s > 59 || Number(zoneHour) > 23 || Number(zoneMinute) > 59) return undefined
  const local = new Date(0)
  local.setUTCFullYear(y, m - 1, d)
  if (local.getUTCMonth() !== m - 1 || local.getUTCDate() !== d) return undefined
  local.setUTCHours(h, min, s, Number(fraction.padEnd(3, '0').slice(0, 3)))
  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * 60_000 * (sign === '-' ? -1 : 1)
  return new Date(local.getTime() - offset)
}
