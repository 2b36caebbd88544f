import type { BucketState } from '../../ports/bucket-setup.ts'
import { judgeRules, removesTemporary } from '../bucket/judge-rules.ts'
import type { RuleBasis } from '../bucket/wanted-rules.ts'
import type { Finding } from './finding.ts'

const subject = 'Lifecycle rules'

/** Judges a bucket's lifecycle rules by what an installation needs. */
export function inspectLifecycle({ rules, keepsVersions }: BucketState, basis: RuleBasis): Finding[] {
  return [
    ...judge(rules, basis),
    ...(keepsVersions
      ? [
          {
            level: 'warning' as const,
            subject: 'Versions',
            sentence:
              'The bucket keeps earlier versions: bytes that are deleted stay. Add a rule that removes noncurrent versions.',
          },
        ]
      : []),
  ]
}

function judge(rules: BucketState['rules'], basis: RuleBasis): Finding[] {
  if (rules === 'unsupported') {
    return [
      { level: 'note', subject, sentence: 'This server has none; the worker alone cleans up, as it always does.' },
    ]
  }
  if (rules === 'denied') {
    return [{ level: 'note', subject, sentence: 'These credentials may not read them (s3:GetLifecycleConfiguration).' }]
  }
  const problems = judgeRules(rules, basis)
  if (problems.length > 0) return problems.map((sentence) => ({ level: 'problem', subject, sentence }))
  if (removesTemporary(rules, basis))
    return [{ level: 'good', subject, sentence: 'They agree with TEMP_TTL and UPLOAD_TIMEOUT.' }]
  const sentence =
    'None for temporary files; the worker cleans up anyway. `npm run keepsake -- bucket setup` adds them.'
  return [{ level: 'note', subject, sentence }]
}
