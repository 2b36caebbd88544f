import { openBucket } from '@keepsake/shared/compose-inspection'
import type { S3StorageConfig } from '@keepsake/shared/config/storage'
import { planBucket } from '@keepsake/shared/operations/bucket/plan-bucket'
import { setUpBucket } from '@keepsake/shared/operations/bucket/set-up-bucket'
import type { RuleBasis } from '@keepsake/shared/operations/bucket/wanted-rules'
import type { Outcome } from './command.ts'
import type { Terminal } from './terminal.ts'

const subject = 'Bucket'

/** Whether to change anything: not at all, when a person who is asked says so, or at once. */
export type Consent = 'none' | 'asked' | 'given'

/** Shows what has to be changed, and changes it if it may. Repeating it changes nothing. */
export async function prepareBucket(
  storage: S3StorageConfig,
  lifetimes: Pick<RuleBasis, 'tempTtl' | 'uploadTimeout'>,
  terminal: Terminal,
  consent: Consent,
): Promise<Outcome> {
  const bucket = await openBucket(storage)
  try {
    const plan = planBucket(storage.bucket, await bucket.inspect(), { ...lifetimes, prefix: storage.prefix })
    for (const sentence of plan.advice) terminal.finding({ level: 'note', subject, sentence })
    if (plan.changes.length === 0) {
      terminal.finding({ level: 'good', subject, sentence: `Nothing is to be changed about ${storage.bucket}.` })
      return 0
    }
    terminal.print('This will:')
    for (const change of plan.changes) terminal.print(`  - ${change}`)
    if (consent === 'none') return 0
    // Where nobody can be asked, whoever wrote the line meant it.
    if (consent === 'asked' && terminal.isInteractive && !(await terminal.confirm('Go on?'))) {
      terminal.finding({ level: 'problem', subject, sentence: 'Nothing was changed.' })
      return 1
    }
    const outcome = await setUpBucket(bucket, plan)
    if (outcome === 'unsupported') {
      const sentence = 'This server has no lifecycle rules; the worker alone cleans up, as it always does.'
      terminal.finding({ level: 'note', subject, sentence })
    }
    terminal.finding({ level: 'good', subject, sentence: `${storage.bucket} is ready.` })
    return 0
  } finally {
    bucket.close()
  }
}
