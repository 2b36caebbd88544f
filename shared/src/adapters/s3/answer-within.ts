/** How long S3 may take for a request without much to do, in milliseconds, attempts and all. */
export const SMALL_ANSWER = 12_000

/** How long one attempt at it may take: the last one still has time for an answer. */
export const SMALL_ATTEMPT = 4_800

/** How long S3 may give no byte of an object while it is waited for, in milliseconds. */
export const LONGEST_STALL = 30_000

/** What the slowest server copies, in bytes a millisecond: 2 MB a second. */
const SLOWEST_COPY = 2_000

/** What the slowest line to S3 carries of one upload, in bytes a millisecond: 250 kB a second. */
const SLOWEST_LINE = 250

/** How long S3 may take to copy or put together `bytes`, in milliseconds. In one attempt: it may still be at work. */
export function limitsOfWork(bytes: number): { readonly within: number; readonly attempt: number } {
  const within = SMALL_ANSWER + Math.ceil(bytes / SLOWEST_COPY)
  return { within, attempt: within }
}

/** How long it may take to send `bytes` and to hear that they are stored, in milliseconds. */
export function limitsOfSending(bytes: number): { readonly within: number; readonly attempt: number } {
  const sending = Math.ceil(bytes / SLOWEST_LINE)
  return { within: SMALL_ANSWER + sending, attempt: SMALL_ATTEMPT + sending }
}
