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

const ADDRESS = /^mongodb(?:\+srv)?:\/\/([^\s/?]+)(?:\/([^\s/?@]*))?(?:\?[^\s@]*)?$/

/** The driver knows the rest; a name that is missing would be `test`, without a word. */
function mongoUri(text: string): string {
  const [, hosts = '', name = ''] = ADDRESS.exec(text) ?? []
  if (hosts === '')
    return refuse(
      'must be like mongodb://user:password@host:27017/keepsake, or begin with mongodb+srv://, and have / ? @ of a password as %2F %3F %40',
    )
  if (name === '') return refuse('must name the database, like mongodb://host:27017/keepsake')
  return isDatabaseName(name)
    ? text
    : refuse('must name a database of your own, with at most 63 bytes, and without spaces and / \\ . " $ * < > : | ?')
}

/** Those of MongoDB itself, which are not copied to other members, or not by everyone's tools. */
const NOT_OURS = ['admin', 'config', 'local']

/** What servers on any system take. */
function isDatabaseName(encoded: string): boolean {
  try {
    const name = decodeURIComponent(encoded)
    return !NOT_OURS.includes(name) && Buffer.byteLength(name) <= 63 && !/[\s\0/\\."$*<>:|?]/.test(name)
  } catch {
    return false
  }
}
