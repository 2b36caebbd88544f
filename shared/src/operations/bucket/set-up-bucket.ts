import type { BucketSetup } from '../../ports/bucket-setup.ts'
import type { BucketPlan } from './plan-bucket.ts'

/** Makes the bucket what the plan says. Tells whether the server took its lifecycle rules: a bucket that was made just now had none to ask for. */
export async function setUpBucket(
  bucket: BucketSetup,
  { creates, rules }: BucketPlan,
): Promise<'done' | 'unsupported'> {
  if (creates) await bucket.create()
  if (rules.length === 0) return 'done'
  const state = creates ? await bucket.inspect() : undefined
  if (state?.rules === 'unsupported') return 'unsupported'
  await bucket.putRules(rules)
  return 'done'
}
