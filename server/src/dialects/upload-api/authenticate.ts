import type { IncomingMessage } from 'node:http'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { Principal, SecretPrincipal } from '@keepsake/shared/domain/principal'
import { authenticate } from '@keepsake/shared/operations/authenticate'
import type { Context } from '@keepsake/shared/ports/context'

/** Who asks, by `Authorization: Bearer <access key>`. Throws KEY_MISSING or KEY_UNKNOWN. */
export async function authenticateKey(context: Context, req: IncomingMessage): Promise<Principal> {
  const plainKey = /^bearer +(\S.*)$/i.exec(req.headers.authorization?.trim() ?? '')?.[1]
  if (!plainKey) {
    throw new KeepsakeError('KEY_MISSING', 'Send an access key in the header "Authorization: Bearer <key>".')
  }
  return authenticate(context, plainKey)
}

/** The backend that asks. Throws SECRET_KEY_REQUIRED beside what `authenticateKey` throws. */
export async function authenticateSecretKey(context: Context, req: IncomingMessage): Promise<SecretPrincipal> {
  const principal = await authenticateKey(context, req)
  if (principal.kind === 'secret') return principal
  throw new KeepsakeError('SECRET_KEY_REQUIRED', 'Only a secret key may do this; call it from a backend.')
}
