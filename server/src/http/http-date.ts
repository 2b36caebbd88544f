const TIME = String.raw`(?<time>\d\d:\d\d:\d\d)`
const MONTH = '(?<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'

/** The form that everyone sends today, and the two older ones that a server still has to understand. */
const FORMS = [
  new RegExp(String.raw`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\d\d) ${MONTH} (?<year>\d{4}) ${TIME} GMT$`),
  new RegExp(String.raw`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\d\d)-${MONTH}-(?<year>\d\d) ${TIME} GMT$`),
  new RegExp(String.raw`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${MONTH} (?<day>[ \d]\d) ${TIME} (?<year>\d{4})$`),
]

/** The time of an HTTP-date (RFC 9110, section 5.6.7); undefined when the text is none. */
export function parseHttpDate(text: string): Date | undefined {
  for (const form of FORMS) {
    const { day, month, year, time } = form.exec(text)?.groups ?? {}
    if (!day || !year) continue
    const date = new Date(`${day.trim()} ${month} ${fullYear(year)} ${time} GMT`)
    // An impossible day would be taken for one of the next month, an impossible time is NaN.
    return date.getUTCDate() === Number(day) ? date : undefined
  }
  return undefined
}

/** Two digits stand for a year that is near. */
function fullYear(year: string): string {
  if (year.length === 4) return year
  return Number(year) < 70 ? `20${year}` : `19${year}`
}

/** `date` as an HTTP-date, cut to the second. */
export function formatHttpDate(date: Date): string {
  return date.toUTCString()
}
