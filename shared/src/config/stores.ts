import { join, resolve } from 'node:path'
import { KeepsakeError } from '../domain/errors.ts'
import { type DatabaseConfig, readDatabase } from './database.ts'
import { type Env, openEnv } from './env.ts'
import { readLimits } from './limits.ts'
import { readSecrets, type SecretsConfig } from './secrets.ts'
import { readStorage, type StorageConfig } from './storage.ts'
import { readUpkeep } from './upkeep.ts'

/** Where records and objects are kept. */
export interface Stores {
  readonly database: DatabaseConfig
  readonly storage: StorageConfig
}

/** What is needed before there are secrets: nothing of the database, whose processes need them. Durations in milliseconds. */
export interface FirstConfig {
  readonly dataDir: string
  readonly storage: StorageConfig
  readonly secrets: SecretsConfig
  readonly tempTtl: number
  readonly uploadTimeout: number
}

/**
 * Reads where records and objects are kept, by default from the environment; `changes` come before its variables, and empty ones
 * take them away. Throws CONFIG_INVALID with one line for every problem.
 */
export function readStores(
  changes: Readonly<Record<string, string>> = {},
  variables: NodeJS.ProcessEnv = process.env,
): Stores {
  return readAll({ ...variables, ...changes }, (env, dataDir) => ({
    database: readDatabase(env, dataDir),
    storage: readStorage(env, dataDir),
  }))
}

/** Reads what is needed to make the secrets and the bucket. Throws CONFIG_INVALID with one line for every problem. */
export function readFirstConfig(variables: NodeJS.ProcessEnv = process.env): FirstConfig {
  const { JWT_SECRET_FILE: file, ...others } = variables
  return readAll(others, (_, dataDir) => {
    // That file is about to be made.
    const env = openEnv(file && resolve(file) === join(dataDir, 'jwt.secret') ? others : variables)
    const found = {
      dataDir,
      storage: readStorage(env, dataDir),
      secrets: readSecrets(env),
      tempTtl: readUpkeep(env).tempTtl,
      uploadTimeout: readLimits(env).uploadTimeout,
    }
    expectNoProblems(env)
    return found
  })
}

function readAll<T>(variables: NodeJS.ProcessEnv, read: (env: Env, dataDir: string) => T): T {
  const env = openEnv(variables)
  const dataDir = resolve(env.read('DATA_DIR', (text) => text) ?? './data')
  const found = read(env, dataDir)
  expectNoProblems(env)
  return found
}

function expectNoProblems({ problems }: Env): void {
  if (problems.length > 0) throw new KeepsakeError('CONFIG_INVALID', problems.join('\n'))
}
