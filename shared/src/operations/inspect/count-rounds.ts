const MINUTE = 60_000

/** Beyond this nobody looks back, minutes: a year and a day. */
const MOST_MINUTES = 366 * 24 * 60

/** Weekday and month by the first three letters of their names. */
const NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const MONTHS = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/**
 * In how many minutes between the two dates a cron expression of five or six fields begins a round, in this machine's time; stops counting
 * at `most`. A field in a notation that it does not know never matches: better no alarm than a false one.
 */
export function countRounds(cron: string, from: Date, to: Date, most: number): number {
  const [minute, hour, day, month, weekday] = cron.split(/\s+/).slice(-5).map(parseField)
  if (!minute || !hour || !day || !month || !weekday) return 0
  let rounds = 0
  const first = Math.max(from.getTime() + MINUTE, to.getTime() - MOST_MINUTES * MINUTE)
  for (let time = to.getTime(); time >= first && rounds < most; time -= MINUTE) {
    const at = new Date(time)
    const isDay = day(at.getDate()) && month(at.getMonth() + 1) && (weekday(at.getDay()) || weekday(at.getDay() || 7))
    if (isDay && hour(at.getHours()) && minute(at.getMinutes())) rounds += 1
  }
  return rounds
}

/** Tells which numbers a field names: `*`, `7`, `1-5`, `mon`, with a step or in a list. */
function parseField(field: string): (value: number) => boolean {
  const parts = field.toLowerCase().split(',').map(parsePart)
  return (value) => parts.some((matches) => matches(value))
}

function parsePart(part: string): (value: number) => boolean {
  const [, range = '', step = '1'] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? []
  const [from, to] = boundsOf(range, part.includes('/'))
  return (value) => value >= from && value <= to && (value - (range === '*' ? 0 : from)) % Number(step) === 0
}

function boundsOf(range: string, hasStep: boolean): [from: number, to: number] {
  if (range === '*') return [0, Number.POSITIVE_INFINITY]
  const [from = '', to = hasStep ? 'end' : from] = range.split('-')
  return [numberOf(from), to === 'end' ? Number.POSITIVE_INFINITY : numberOf(to)]
}

/** NaN for what it does not know, which no number is equal to. */
function numberOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  const name = text.slice(0, 3)
  const found = Math.max(NAMES.indexOf(name), MONTHS.indexOf(name))
  return found < 0 ? Number.NaN : found
}
