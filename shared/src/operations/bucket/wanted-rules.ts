import type { Settings } from '../../domain/settings.ts'
import { DAY } from '../../domain/transition-parts.ts'
import type { LifecycleRule } from '../../ports/bucket-setup.ts'

/** What the rules follow from; the prefix is that of all keys. */
export interface RuleBasis extends Pick<Settings, 'tempTtl' | 'uploadTimeout'> {
  readonly prefix: string
}

/** What a rule waits beyond the last moment at which an object may be needed, in days: for a worker that was away. */
const MARGIN = 2
const LEAST_DAYS = 7
const LEAST_ABORT_DAYS = 2

/** How much longer than an upload may take its parts are kept. */
const UPLOAD_GRACE = 1.25

/** How long after an upload began its temporary object may be needed, milliseconds. */
export function temporaryLifetime({ tempTtl, uploadTimeout }: RuleBasis): number {
  return tempTtl + uploadTimeout
}

/** How long the parts of an upload may be needed, milliseconds. */
export function partsLifetime({ uploadTimeout }: RuleBasis): number {
  return uploadTimeout * UPLOAD_GRACE
}

/**
 * The rules that clean up behind a worker that is away for long: for temporary objects, and for multipart uploads that were never
 * completed. Their ids name the prefix: several installations may share a bucket.
 */
export function wantedRules(basis: RuleBasis): LifecycleRule[] {
  const { prefix } = basis
  const suffix = prefix === '' ? '' : `:${prefix}`
  return [
    {
      id: `keepsake-temporary${suffix}`,
      prefix: `${prefix}temp/`,
      expiresAfterDays: Math.max(Math.ceil(temporaryLifetime(basis) / DAY) + MARGIN, LEAST_DAYS),
    },
    {
      id: `keepsake-multipart${suffix}`,
      prefix,
      abortsAfterDays: Math.max(Math.ceil(partsLifetime(basis) / DAY), LEAST_ABORT_DAYS),
    },
  ]
}
