/** The earliest date that there is. */
const BEGINNING = new Date(-8.64e15)

/** What is due at `now`. With both ends: not every server finds the index by one of them. */
export function dueBy(now: Date): { readonly $gte: Date; readonly $lte: Date } {
  return { $gte: BEGINNING, $lte: now }
}
