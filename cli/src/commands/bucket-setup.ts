import { readFirstConfig } from '@keepsake/shared/config/stores'
import type { Command } from '../command.ts'
import { prepareBucket } from '../prepare-bucket.ts'
import { UsageError } from '../usage-error.ts'

/** `keepsake bucket setup`: makes the bucket and its lifecycle rules. */
export const bucketSetup: Command = {
  name: 'bucket setup',
  summary: 'Makes the bucket where it is missing, and its lifecycle rules; shows what it will change first.',
  options: {
    yes: { type: 'boolean', help: 'Changes it without asking.' },
    'dry-run': { type: 'boolean', help: 'Shows what it would change, and changes nothing.' },
  },

  async run(given, terminal) {
    const { storage, ...lifetimes } = readFirstConfig()
    if (storage.kind !== 's3')
      throw new UsageError('S3_BUCKET is not set: objects are kept in a folder, which needs no setup.')
    if (given.has('dry-run')) return prepareBucket(storage, lifetimes, terminal, 'none')
    return prepareBucket(storage, lifetimes, terminal, given.has('yes') ? 'given' : 'asked')
  },
}
