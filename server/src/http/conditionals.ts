import type { IncomingHttpHeaders } from 'node:http'
import { formatHttpDate, parseHttpDate } from './http-date.ts'

/** What a client can compare its copy with. */
export interface Validators {
  /** A strong entity tag, quotes included. */
  readonly etag: string
  /** Absent where seconds are too coarse to tell two versions apart. */
  readonly lastModified?: Date
}

/** What the preconditions of a GET or HEAD ask for: go on, 304, or 412. */
export type Verdict = 'proceed' | 'unchanged' | 'failed'

/** Judges the preconditions of a request in the order of RFC 9110, section 13.2.2. */
export function checkPreconditions(headers: IncomingHttpHeaders, { etag, lastModified }: Validators): Verdict {
  const ifMatch = headers['if-match']
  if (ifMatch !== undefined) {
    if (!namesTag(ifMatch, etag)) return 'failed'
  } else if (isNewer(lastModified, headers['if-unmodified-since'])) {
    return 'failed'
  }

  const ifNoneMatch = headers['if-none-match']
  if (ifNoneMatch !== undefined) return namesTag(ifNoneMatch, etag, 'weak') ? 'unchanged' : 'proceed'
  return isNewer(lastModified, headers['if-modified-since']) === false ? 'unchanged' : 'proceed'
}

/** Whether a range may be served: `If-Range` is absent, or names exactly the content that is there. */
export function isRangeCurrent(headers: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  const ifRange = headers['if-range']
  if (ifRange === undefined || ifRange === etag) return true
  return lastModified !== undefined && ifRange === formatHttpDate(lastModified)
}

/** Whether a list of entity tags names `etag`. A weak tag counts only in a weak comparison. */
function namesTag(list: string, etag: string, comparison: 'strong' | 'weak' = 'strong'): boolean {
  if (list.trim() === '*') return true
  // Our own tags hold no comma: the parts of a foreign one that does can never be equal to them.
  return list.split(',').some((part) => {
    const tag = part.trim()
    return tag === etag || (comparison === 'weak' && tag === `W/${etag}`)
  })
}

/** Whether the content changed after the date in a header; undefined when either date is missing or unreadable. */
function isNewer(lastModified: Date | undefined, header: string | undefined): boolean | undefined {
  if (!lastModified || header === undefined) return undefined
  const date = parseHttpDate(header)
  if (!date) return undefined
  return Math.floor(lastModified.getTime() / 1000) > Math.floor(date.getTime() / 1000)
}
