import mongoose from 'mongoose'
import { KeepsakeError } from '../../domain/errors.ts'
import { migrate, schemaVersion } from './migrate.ts'
import { MongoDatabase } from './mongo-database.ts'
import { openingError } from './opening-error.ts'
import { raiseCounters } from './raise-counters.ts'

/** Finding the primary, and connecting to it, in milliseconds. */
const REACHED_WITHIN = 3_000

/** How long an operation may wait for others to give a connection back. */
const TURN_WITHIN = 8_000

/** Without a byte for so long a connection is given up: longer than the server may take for one operation. */
const SILENCE = 5_000

/** As many operations at once as one process has of one server; more of them wait for their turn. */
const CONNECTIONS = 50

const OPTIONS: mongoose.ConnectOptions = {
  appName: 'keepsake',
  autoIndex: false,
  autoCreate: false,
  bufferCommands: false,
  writeConcern: { w: 'majority', j: true },
  readPreference: 'primary',
  readConcern: { level: 'majority' },
  // They need a replica set, and hide what our own rules must see: what became of a write whose answer was lost.
  retryWrites: false,
  serverSelectionTimeoutMS: REACHED_WITHIN,
  waitQueueTimeoutMS: TURN_WITHIN,
  connectTimeoutMS: REACHED_WITHIN,
  socketTimeoutMS: SILENCE,
  maxPoolSize: CONNECTIONS,
}

/** The driver would take the database `test`, without a word. */
const NAMES_DATABASE = /^mongodb(\+srv)?:\/\/[^/?]+\/[^/?]+/

/** What an address may say otherwise, and must not. */
const OURS = /^(w|j|journal|wtimeout\w*|readConcernLevel|readPreference\w*|maxStalenessSeconds|retryWrites)$/i

/**
 * Connects to the database that the address names, and brings its indexes up to date. Throws CONFIG_INVALID when the server refuses
 * the credentials or the address, or has duplicates, SCHEMA_NEWER, UNAVAILABLE when it is out of reach.
 */
export async function openMongo(options: { readonly uri: string }): Promise<MongoDatabase> {
  const database = await connectMongo(options)
  try {
    await migrate(database)
    await raiseCounters(database)
    return database
  } catch (error) {
    await database.close()
    throw openingError(error, options.uri)
  }
}

/** Connects to the database that the address names, and leaves it as it is. Throws CONFIG_INVALID or UNAVAILABLE. */
export async function connectMongo({ uri }: { readonly uri: string }): Promise<MongoDatabase> {
  if (!NAMES_DATABASE.test(uri)) {
    const message = 'The address of a database must name it, like mongodb://host:27017/keepsake.'
    throw new KeepsakeError('CONFIG_INVALID', message)
  }
  const connection = mongoose.createConnection()
  try {
    await connection.openUri(withoutConcerns(uri), OPTIONS)
    const database = new MongoDatabase(connection)
    // A server takes a connection without credentials, and refuses what comes first.
    await schemaVersion(database)
    return database
  } catch (error) {
    await connection.close()
    throw openingError(error, uri)
  }
}

/** Records are acknowledged by a majority and read as acknowledged, whatever the address says. */
function withoutConcerns(uri: string): string {
  const [address = '', query = ''] = uri.split('?')
  const kept = query.split('&').filter((option) => option !== '' && !OURS.test(option.split('=')[0] ?? ''))
  return kept.length > 0 ? `${address}?${kept.join('&')}` : address
}
