import { join } from 'node:path'
import { type Env, refuse } from './env.ts'

/** Records in one file of this machine. */
export interface SqliteDatabaseConfig {
  readonly kind: 'sqlite'
  readonly path: string
}

/** Where records are kept. */
export type DatabaseConfig = SqliteDatabaseConfig

/** Reads where records are kept. */
export function readDatabase(env: Env, dataDir: string): DatabaseConfig {
  const uri = env.readSecret('MONGODB_URI', mongoUri)
  if (uri) env.report('MONGODB_URI is not supported by this release; unset it to keep records in DATA_DIR.')
  return { kind: 'sqlite', path: join(dataDir, 'keepsake.db') }
}

function mongoUri(text: string): string {
  return /^mongodb(\+srv)?:\/\/[^\s/]+/.test(text) ? text : refuse('must begin with mongodb:// or mongodb+srv://')
}
