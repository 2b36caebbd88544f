import type { IncomingMessage } from 'node:http'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { SecretPrincipal } from '@keepsake/shared/domain/principal'
import { authenticate } from '@keepsake/shared/operations/authenticate'
import type { Context } from '@keepsake/shared/ports/context'
import type { RequestHandler } from 'express'

/** Tells who sends a request that was let in. */
export type PrincipalOf = (req: IncomingMessage) => SecretPrincipal

/** Lets in only requests with a secret key, whatever they ask for, before anything of their body is read. */
export function checkKeys(context: Context): { check: RequestHandler; principalOf: PrincipalOf } {
  const principals = new WeakMap<IncomingMessage, SecretPrincipal>()
  return {
    async check(req, _res, next) {
      principals.set(req, await authenticateKey(context, req))
      next()
    },
    principalOf(req) {
      const principal = principals.get(req)
      if (!principal) throw new Error('The request was not let in.')
      return principal
    },
  }
}

/** Who asks, by `X-API-Key`. Throws KEY_MISSING, and KEY_UNKNOWN for a public key too. */
async function authenticateKey(context: Context, { headers }: IncomingMessage): Promise<SecretPrincipal> {
  const key = headers['x-api-key']
  const plainKey = typeof key === 'string' ? key.trim() : ''
  if (!plainKey) throw new KeepsakeError('KEY_MISSING', 'send a secret key in the header X-API-Key')
  const principal = await authenticate(context, plainKey)
  if (principal.kind === 'secret') return principal
  throw new KeepsakeError('KEY_UNKNOWN', 'only a secret key may do this; call it from a backend')
}
