import { accessKeyType, hashAccessKey } from '../domain/access-key.ts'
import { KeepsakeError } from '../domain/errors.ts'
import type { Principal } from '../domain/principal.ts'
import type { Context } from '../ports/context.ts'

/**
 * Turns a plain access key into who asks. Throws KEY_UNKNOWN for one that is malformed, unknown or revoked.
 * Keys are looked up by their hash, so the time it takes tells nothing about a key.
 */
export async function authenticate(context: Pick<Context, 'projects'>, plainKey: string): Promise<Principal> {
  const found = accessKeyType(plainKey) && (await context.projects.findAccessKey(hashAccessKey(plainKey)))
  if (!found || found.accessKey.revokedAt) {
    throw new KeepsakeError('KEY_UNKNOWN', 'The access key is not known here; check for a typo or a revoked key.')
  }
  return { kind: found.accessKey.type, project: found.project }
}
