import { openBucket } from '@keepsake/shared/compose-inspection'
import type { S3StorageConfig } from '@keepsake/shared/config/storage'
import { planBucket } from '@keepsake/shared/operations/bucket/plan-bucket'
import { setUpBucket } from '@keepsake/shared/operations/bucket/set-up-bucket'
import type { RuleBasis } from '@keepsake/shared/operations/bucket/wanted-rules'
import type { Outcome } from './command.ts'
import type { Terminal } from './terminal.ts'

const subject = 'Bucket'

/** Shows what has to be changed, and changes it, after a question or without one. Repeating it changes nothing. */
export async function prepareBucket(
  storage: S3StorageConfig,
  lifetimes: Pick<RuleBasis, 'tempTtl' | 'uploadTimeout'>,
  terminal: Terminal,
  confirmation: 'ask' | 'never',
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
    if (confirmation === 'ask' && !terminal.isInteractive) {
      const sentence = 'Nothing was changed: nobody can be asked here. Add --yes to go on.'
      terminal.finding({ level: 'problem', subject, sentence })
      return 1
    }
    if (confirmation === 'ask' && !(await terminal.confirm('Go on?'))) {
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
