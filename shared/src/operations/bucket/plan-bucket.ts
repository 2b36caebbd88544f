import type { BucketState, FoundRule, LifecycleRule } from '../../ports/bucket-setup.ts'
import { judgeRules } from './judge-rules.ts'
import { type RuleBasis, wantedRules } from './wanted-rules.ts'

/** What has to be done to a bucket, and what there is to say about it. */
export interface BucketPlan {
  readonly creates: boolean
  /** Empty when the rules that are there are right. */
  readonly rules: readonly LifecycleRule[]
  /** A sentence for each change, in the order in which they are made. */
  readonly changes: readonly string[]
  /** What a person should know or do. */
  readonly advice: readonly string[]
}

/** Plans what makes `bucket` ready. Nothing is to be changed when `changes` is empty. */
export function planBucket(bucket: string, state: BucketState, basis: RuleBasis): BucketPlan {
  const wanted = wantedRules(basis)
  const found = typeof state.rules === 'string' ? [] : state.rules
  const canWrite = typeof state.rules !== 'string'
  const rules = canWrite ? wanted.filter((rule) => !found.some((other) => isSame(rule, other))) : []
  return {
    creates: !state.exists,
    rules,
    changes: [
      ...(state.exists ? [] : [`make the bucket ${bucket}`]),
      ...rules.map(
        (rule) =>
          `${found.some(({ id }) => id === rule.id) ? 'change' : 'add'} the lifecycle rule "${rule.id}": ${describeRule(rule)}`,
      ),
    ],
    advice: [
      ...(state.rules === 'unsupported'
        ? ['This server has no lifecycle rules; the worker alone cleans up, as it always does.']
        : []),
      ...(state.rules === 'denied'
        ? ['These credentials may not read lifecycle rules (s3:GetLifecycleConfiguration); none were set.']
        : []),
      ...judgeRules(
        found.filter(({ id }) => !wanted.some((rule) => rule.id === id)),
        basis,
      ),
      ...(state.keepsVersions
        ? [
            'The bucket keeps earlier versions: bytes that are deleted stay there. Add a rule that removes noncurrent versions, or turn versioning off.',
          ]
        : []),
      ...(state.blocksPublicAccess === false
        ? [
            'The bucket does not block public access. Files are delivered by the server, so nobody else needs to read it: block it.',
          ]
        : []),
    ],
  }
}

/** What a rule does, to complete a sentence. */
function describeRule({ prefix, expiresAfterDays, abortsAfterDays }: LifecycleRule): string {
  if (expiresAfterDays !== undefined) return `remove ${prefix} after ${expiresAfterDays} days`
  return `remove multipart uploads that were never completed${prefix === '' ? '' : ` under ${prefix}`} after ${abortsAfterDays} days`
}

function isSame(wanted: LifecycleRule, found: FoundRule): boolean {
  return (
    found.id === wanted.id &&
    found.isEnabled &&
    !found.needsTags &&
    found.prefix === wanted.prefix &&
    found.expiresAfterDays === wanted.expiresAfterDays &&
    found.abortsAfterDays === wanted.abortsAfterDays
  )
}
