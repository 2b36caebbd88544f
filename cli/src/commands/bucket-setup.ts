import { readConfig } from '@keepsake/shared/config/config'
import type { Command } from '../command.ts'
import { prepareBucket } from '../prepare-bucket.ts'
import { UsageError } from '../usage-error.ts'

/** `keepsake bucket setup`: makes the bucket and its lifecycle rules. */
export const bucketSetup: Command = {
  name: 'bucket setup',
  summary: 'Makes the bucket where it is missing, and its lifecycle rules; shows what it will change first.',
  options: { yes: { type: 'boolean', help: 'Changes it without asking.' } },

  async run(given, terminal) {
    const { storage, settings } = readConfig()
    if (storage.kind !== 's3')
      throw new UsageError('S3_BUCKET is not set: objects are kept in a folder, which needs no setup.')
    return prepareBucket(storage, settings, terminal, given.has('yes') ? 'never' : 'ask')
  },
}
