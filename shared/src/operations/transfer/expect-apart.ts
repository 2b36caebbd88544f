import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { isCode, KeepsakeError } from '../../domain/errors.ts'
import { newId } from '../../domain/identifier.ts'
import type { TransferContext } from './transfer-context.ts'

/**
 * Throws STORE_MISMATCH when the two storages are one under two names: what a transfer removes from its target would be gone from the
 * source. Leaves nothing.
 */
export async function expectApart({ source, target }: TransferContext): Promise<void> {
  // No temporary id looks like this.
  const key = `temp/transfer-${newId(randomBytes)}`
  try {
    await target.storage.put(key, Readable.from([Buffer.from('transfer')]))
    if (!(await isThere(source, key))) return
    throw new KeepsakeError(
      'STORE_MISMATCH',
      'The target has the storage of the source, by another name; name it as the configuration does.',
    )
  } finally {
    await target.storage.delete([key])
  }
}

async function isThere({ storage }: TransferContext['source'], key: string): Promise<boolean> {
  try {
    await storage.size(key)
    return true
  } catch (error) {
    if (isCode(error, 'OBJECT_NOT_FOUND')) return false
    throw error
  }
}
