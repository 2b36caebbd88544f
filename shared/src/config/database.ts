import { join } from 'node:path'
import { type Env, refuse } from './env.ts'

/** Records in one file of this machine. */
export interface SqliteDatabaseConfig {
  readonly kind: 'sqlite'
  readonly path: string
}

/** Records in a database that any number of machines share. */
export interface MongoDatabaseConfig {
  readonly kind: 'mongodb'
  /** Names the database. Carries a password. */
  readonly uri: string
}

/** Where records are kept. */
export type DatabaseConfig = SqliteDatabaseConfig | MongoDatabaseConfig

/** Reads where records are kept. */
export function readDatabase(env: Env, dataDir: string): DatabaseConfig {
  const uri = env.readSecret('MONGODB_URI', mongoUri)
  if (uri) return { kind: 'mongodb', uri }
  return { kind: 'sqlite', path: join(dataDir, 'keepsake.db') }
}

/** The driver knows the rest; a name that is missing would be `test`, without a word. */
function mongoUri(text: string): string {
  const [, hosts = '', name = ''] = /^mongodb(?:\+srv)?:\/\/([^\s/?]+)(?:\/([^\s/?]*))?(?:\?\S*)?$/.exec(text) ?? []
  if (hosts === '')
    return refuse('must be like mongodb://user:password@host:27017/keepsake, or begin with mongodb+srv://')
  return name === '' ? refuse('must name the database, like mongodb://host:27017/keepsake') : text
}
