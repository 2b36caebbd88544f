import type { LifecycleRuleFilter, LifecycleRule as S3Rule } from '@aws-sdk/client-s3'
import type { FoundRule, LifecycleRule } from '../../ports/bucket-setup.ts'

/** Storage classes whose objects must be brought back before they can be read. */
const ARCHIVES = ['GLACIER', 'DEEP_ARCHIVE']

/** The rule as the SDK writes it. */
export function toS3Rule({ id, prefix, expiresAfterDays, abortsAfterDays }: LifecycleRule): S3Rule {
  return {
    ID: id,
    Status: 'Enabled',
    Filter: { Prefix: prefix },
    ...(expiresAfterDays !== undefined && { Expiration: { Days: expiresAfterDays } }),
    ...(abortsAfterDays !== undefined && {
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: abortsAfterDays },
    }),
  }
}

/** What a rule of any making means. */
export function toFoundRule(rule: S3Rule): FoundRule {
  const { Filter: filter, Expiration: expiration, AbortIncompleteMultipartUpload: abortion } = rule
  const removes = expiration?.Days !== undefined || expiration?.Date !== undefined
  const tags = filter?.Tag ?? filter?.And?.Tags?.[0]
  return {
    id: rule.ID ?? '',
    prefix: filter?.Prefix ?? filter?.And?.Prefix ?? rule.Prefix ?? '',
    isEnabled: rule.Status === 'Enabled',
    needsTags: tags !== undefined,
    archives: (rule.Transitions ?? []).some(({ StorageClass: name = '' }) => ARCHIVES.includes(name)),
    ...(removes && { expiresAfterDays: expiration?.Days ?? 0 }),
    ...(abortion?.DaysAfterInitiation !== undefined && { abortsAfterDays: abortion.DaysAfterInitiation }),
  }
}

/** The same rule in the newer of two ways to write it: S3 takes no mixture. */
export function withFilter(rule: S3Rule): S3Rule {
  const { Prefix: prefix, ...rest } = rule
  if (rule.Filter || prefix === undefined) return rest
  const filter: LifecycleRuleFilter = { Prefix: prefix }
  return { ...rest, Filter: filter }
}
