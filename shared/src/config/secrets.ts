import { accessKeyType } from '../domain/access-key.ts'
import { type Env, type Parse, refuse } from './env.ts'

/** What must stay unknown to others. What is absent was not given; it is generated where it is needed. */
export interface SecretsConfig {
  /** Access keys of the first project. */
  readonly secretKey?: string
  readonly publicKey?: string
  /** Signs upload tokens; the previous one only verifies them. */
  readonly jwtSecret?: string
  readonly jwtSecretPrevious?: string
}

const LEAST_SECRET_BYTES = 32

/** Reads the secrets that are given. */
export function readSecrets(env: Env): SecretsConfig {
  const secretKey = env.readSecret('KEEPSAKE_SECRET_KEY', accessKey('secret', 'sk_'))
  const publicKey = env.readSecret('KEEPSAKE_PUBLIC_KEY', accessKey('public', 'pk_'))
  const jwtSecret = env.readSecret('JWT_SECRET', signingSecret)
  const jwtSecretPrevious = env.readSecret('JWT_SECRET_PREVIOUS', signingSecret)
  return {
    ...(secretKey && { secretKey }),
    ...(publicKey && { publicKey }),
    ...(jwtSecret && { jwtSecret }),
    ...(jwtSecretPrevious && { jwtSecretPrevious }),
  }
}

function accessKey(type: 'secret' | 'public', prefix: string): Parse<string> {
  return (text) =>
    accessKeyType(text) === type ? text : refuse(`must be ${prefix} and at least 24 more characters, without spaces`)
}

/** Whether a secret is long enough to sign with. */
export function isSigningSecret(text: string): boolean {
  return Buffer.byteLength(text) >= LEAST_SECRET_BYTES
}

function signingSecret(text: string): string {
  return isSigningSecret(text) ? text : refuse(`must have at least ${LEAST_SECRET_BYTES} bytes`)
}
