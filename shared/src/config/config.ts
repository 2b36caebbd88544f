import { resolve } from 'node:path'
import { KeepsakeError } from '../domain/errors.ts'
import type { Settings } from '../domain/settings.ts'
import { type DatabaseConfig, readDatabase } from './database.ts'
import { type Env, openEnv } from './env.ts'
import { type LimitsConfig, readLimits } from './limits.ts'
import { readSecrets, type SecretsConfig } from './secrets.ts'
import { readServer, type ServerConfig } from './server.ts'
import { readStorage, type StorageConfig } from './storage.ts'
import { readUpkeep, type UpkeepConfig } from './upkeep.ts'
import { oneOf } from './values.ts'

/** How much is logged. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** Everything that the environment decides: read once, checked whole, frozen. */
export interface Config {
  /** An absolute path: the embedded database, objects, generated secrets. */
  readonly dataDir: string
  readonly logLevel: LogLevel
  readonly storage: StorageConfig
  readonly database: DatabaseConfig
  readonly server: ServerConfig
  readonly limits: LimitsConfig
  readonly upkeep: UpkeepConfig
  readonly secrets: SecretsConfig
  /** What the rules depend on, as verbs receive it. */
  readonly settings: Settings
}

/** Reads the configuration. Throws CONFIG_INVALID with one line for every problem. */
export function readConfig(variables: NodeJS.ProcessEnv = process.env): Config {
  const env = openEnv(variables)
  const dataDir = resolve(env.read('DATA_DIR', (text) => text) ?? './data')
  const storage = readStorage(env, dataDir)
  const database = readDatabase(env, dataDir)
  const server = readServer(env)
  const limits = readLimits(env)
  const upkeep = readUpkeep(env)
  const secrets = readSecrets(env)
  if (database.kind === 'mongodb' && !isGiven(env, 'JWT_SECRET')) {
    env.report(
      'JWT_SECRET must be set with MONGODB_URI, the same for every server: 32 bytes or more, like the output of `openssl rand -base64 48`.',
    )
  }
  const logLevel = env.read('LOG_LEVEL', oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent')) ?? 'info'
  if (env.problems.length > 0) throw new KeepsakeError('CONFIG_INVALID', env.problems.join('\n'))
  const settings = settingsOf(storage, server, limits, upkeep)
  return deepFreeze({ dataDir, logLevel, storage, database, server, limits, upkeep, secrets, settings })
}

/** Right or wrong: one problem is enough. */
function isGiven(env: Env, secret: string): boolean {
  return env.isSet(secret) || env.isSet(`${secret}_FILE`)
}

function settingsOf(
  { bucket }: StorageConfig,
  { publicUrl, cdnBaseUrl }: ServerConfig,
  { maxUploadBytes, allowedTypes, uploadTimeout, idleTimeout }: LimitsConfig,
  { tempTtl, persistLease, purgeDelay }: UpkeepConfig,
): Settings {
  return {
    bucket,
    publicUrl,
    cdnBaseUrl,
    maxUploadBytes,
    allowedTypes,
    uploadTimeout,
    idleTimeout,
    tempTtl,
    persistLease,
    purgeDelay,
  }
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (typeof member === 'object' && member !== null) deepFreeze(member)
  return Object.freeze(value)
}
