/** What a column holds. The library would store a Date as NULL without a word. */
export type ColumnValue = string | number | null

/** A text as it is; one that would not come back whole throws. */
export function text(value: string): string {
  if (value.includes('\0')) throw new Error('A text with a NUL character cannot be stored.')
  return value
}

/** Milliseconds since 1970; an invalid date throws. */
export function millis(date: Date): number {
  const time = date.getTime()
  if (Number.isNaN(time)) throw new Error('An invalid date cannot be stored.')
  return time
}

/** Absent is NULL. */
export function optional<T>(value: T | undefined, convert: (value: T) => ColumnValue): ColumnValue {
  return value === undefined ? null : convert(value)
}

/** A list as JSON; an empty one is NULL. */
export function list<T>(items: readonly T[], convert: (item: T) => unknown): string | null {
  return items.length === 0 ? null : JSON.stringify(items.map(convert))
}
