import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { accessKeyType } from '../domain/access-key.ts'
import { KeepsakeError } from '../domain/errors.ts'
import { BASE62, randomText } from '../domain/identifier.ts'
import { keepFile } from './keep-file.ts'
import { isSigningSecret, type SecretsConfig } from './secrets.ts'

/** The access keys of the first project, as this start knows them. */
export interface AccessKeys {
  readonly secretKey?: string
  readonly publicKey?: string
  /** The file that keeps them; absent when all of them were given. */
  readonly file?: string
  /** Whether this very start made them: the only time to show them. */
  readonly isNew: boolean
}

/**
 * The given access keys, completed by generated ones: without a secret key one is made, and with it a public one unless that is given.
 * Generated keys are kept in `keys.env` of the data folder, which any shell can source; every later start reads them there.
 */
export async function ensureAccessKeys(dataDir: string, given: SecretsConfig): Promise<AccessKeys> {
  const known = {
    ...(given.secretKey && { secretKey: given.secretKey }),
    ...(given.publicKey && { publicKey: given.publicKey }),
  }
  if (given.secretKey) return { ...known, isNew: false }

  const file = join(dataDir, 'keys.env')
  const made = [`KEEPSAKE_SECRET_KEY=${newAccessKey('sk_')}`]
  if (!given.publicKey) made.push(`KEEPSAKE_PUBLIC_KEY=${newAccessKey('pk_')}`)
  const { content, isNew } = await keepFile(file, `${made.join('\n')}\n`)
  return { ...parseKeys(content, file), ...known, file, isNew }
}

/** The secret that signs upload tokens: the given one, or one that is generated once and kept in the data folder. */
export async function ensureJwtSecret(dataDir: string, given: SecretsConfig): Promise<string> {
  if (given.jwtSecret) return given.jwtSecret
  const file = join(dataDir, 'jwt.secret')
  const { content } = await keepFile(file, `${randomBytes(48).toString('base64url')}\n`)
  return isSigningSecret(content.trim()) ? content.trim() : damaged(file)
}

function newAccessKey(prefix: 'sk_' | 'pk_'): string {
  return prefix + randomText(randomBytes, BASE62, 32)
}

function parseKeys(content: string, file: string): { secretKey: string; publicKey?: string } {
  const secretKey = /^KEEPSAKE_SECRET_KEY=(.*)$/m.exec(content)?.[1]?.trim()
  const publicKey = /^KEEPSAKE_PUBLIC_KEY=(.*)$/m.exec(content)?.[1]?.trim()
  const isWhole = accessKeyType(secretKey ?? '') === 'secret' && (!publicKey || accessKeyType(publicKey) === 'public')
  if (secretKey && isWhole) return { secretKey, ...(publicKey && { publicKey }) }
  return damaged(file)
}

/** A file of secrets is never replaced: what was given out would stop working without a word. */
function damaged(file: string): never {
  throw new KeepsakeError(
    'CONFIG_INVALID',
    `The file ${file} is damaged; restore it, or remove it to have a new one made.`,
  )
}
