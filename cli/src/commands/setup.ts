import { ensureAccessKeys, ensureJwtSecret } from '@keepsake/shared/config/generated-secrets'
import { newKeysText } from '@keepsake/shared/config/new-keys-text'
import { readFirstConfig } from '@keepsake/shared/config/stores'
import type { Command } from '../command.ts'
import { prepareBucket } from '../prepare-bucket.ts'

/** `keepsake setup`: what has to be there before the first server and the first worker start. */
export const setup: Command = {
  name: 'setup',
  summary:
    'Makes what is missing before the first start: access keys, the JWT secret, the bucket. Shows new keys once.',
  options: {},

  async run(_, terminal) {
    const { dataDir, storage, secrets, ...lifetimes } = readFirstConfig()
    const keys = await ensureAccessKeys(dataDir, secrets)
    // At once: should anything else fail, this is still the only time that shows them.
    if (keys.isNew) terminal.print(newKeysText(keys).trimEnd())
    else terminal.finding({ level: 'good', subject: 'Access keys', sentence: 'They are there already.' })
    await ensureJwtSecret(dataDir, secrets)
    terminal.finding({ level: 'good', subject: 'JWT secret', sentence: 'It is there.' })
    return storage.kind === 's3' ? prepareBucket(storage, lifetimes, terminal, 'given') : 0
  },
}
