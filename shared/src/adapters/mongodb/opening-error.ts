import { types } from 'node:util'
import mongoose from 'mongoose'
import { isCode, KeepsakeError, unavailable } from '../../domain/errors.ts'
import { isTrouble, refusalOf } from './mongo-error.ts'

/** What the driver says of an address that it cannot take apart. */
const ADDRESS = /^(URIError|Mongo(ParseError|InvalidArgumentError|APIError|RuntimeError))$/

/**
 * What a failure of a start means: UNAVAILABLE while the database is out of reach, CONFIG_INVALID for what only another configuration
 * can mend. Of `uri` nothing is told but the hosts, of the server's and the driver's words only names. A bug passes through.
 */
export function openingError(error: unknown, uri: string): unknown {
  const cause = isCode(error, 'UNAVAILABLE', 'OUTCOME_UNKNOWN') ? error.cause : error
  if (!types.isNativeError(cause) || cause instanceof KeepsakeError) return error
  const database = `The database at ${hostsOf(uri)}`
  const isOutage: boolean = isTrouble(cause)
  const invalid = (message: string) => new KeepsakeError('CONFIG_INVALID', message, { cause })

  const refusal = refusalOf(cause)
  if (refusal === 'credentials') return invalid(`${database} refused the credentials; look at its address.`)
  if (refusal === 'access') {
    return invalid(`${database} denies the access; its address must name a user who may read and write there.`)
  }
  if (isSelection(cause) || isLookup(cause)) {
    return unavailable(`${database} is out of reach (${nameOf(cause)}).`, cause)
  }
  if (isOutage) return unavailable(`${database} cannot be used at the moment (${nameOf(cause)}).`, cause)
  if (ADDRESS.test(cause.name)) return invalid(`${database} has an address that the driver does not understand.`)
  if (isFile(cause)) return invalid(`${database} has an address with a file that cannot be read (${nameOf(cause)}).`)
  if (!(cause instanceof mongoose.mongo.MongoError)) return error
  return invalid(`${database} cannot be used (${nameOf(cause)}); look at its address and at what it holds.`)
}

function hostsOf(uri: string): string {
  return /^[^/]*\/\/(?:[^/]*@)?([^/?]*)/.exec(uri)?.[1] ?? ''
}

function isSelection({ name }: Error): boolean {
  return name.endsWith('ServerSelectionError')
}

/** The hosts behind mongodb+srv:// are records of the DNS; the driver does not wrap its failures. */
function isLookup(error: Error): boolean {
  return 'syscall' in error && String(error.syscall).startsWith('query')
}

/** Of certificates and keys. */
function isFile(error: Error): boolean {
  return 'syscall' in error && (error.syscall === 'open' || error.syscall === 'read')
}

/** A name that the system, the server or the driver has for a failure. Their sentences may repeat what they were given. */
function nameOf(error: Error): string {
  if ('syscall' in error && 'code' in error) return String(error.code)
  // The driver's message names hosts and the system's reason, and nothing of the credentials.
  if (isSelection(error)) return /\bE[A-Z_]{3,}\b/.exec(error.message)?.[0] ?? 'no answer'
  const codeName = 'codeName' in error ? String(error.codeName) : ''
  return /^[A-Za-z]{1,40}$/.test(codeName) ? codeName : error.name
}
