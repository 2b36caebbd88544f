import { types } from 'node:util'
import { KeepsakeError, unavailable } from '../../domain/errors.ts'

/** The credentials themselves are wrong, whatever is asked for. */
const REFUSED = new Set([
  ...['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'ExpiredTokenException', 'InvalidToken'],
  ...['TokenRefreshRequired', 'InvalidClientTokenId', 'UnrecognizedClientException', 'InvalidSecurity'],
])

/** The headers that Node refuses to send when a credential has a character that none can have. */
const CREDENTIALS_IN = new Map([
  ['authorization', 'AWS_ACCESS_KEY_ID'],
  ['x-amz-security-token', 'AWS_SESSION_TOKEN'],
])

const FULL = new Set([
  ...['QuotaExceeded', 'InsufficientStorage', 'InsufficientCapacity', 'EntityTooLargeForQuota'],
  ...['XMinioStorageFull', 'XMinioAdminBucketQuotaExceeded', 'StorageFull', 'DiskFull', 'NoSpaceLeft'],
])

/** Refusals with status 400 that say nothing of the request: time, the line or the session broke it. */
const PASSING = new Set([
  ...['RequestTimeout', 'IncompleteBody', 'BadDigest', 'XAmzContentSHA256Mismatch', 'XAmzContentChecksumMismatch'],
  ...['InvalidChunkSizeError', 'OperationAborted', 'ConditionalRequestConflict', 'NoSuchBucket'],
])

/** What may be missing while all is well; another 404 is not even S3's. */
const MISSING = new Set(['NoSuchKey', 'NotFound', 'NoSuchUpload'])

const ELSEWHERE = new Set([
  ...['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException', 'TemporaryRedirect'],
])

const NETWORK = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'],
  ...['ENETUNREACH', 'ENETDOWN', 'EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'EPROTO', 'ERR_STREAM_PREMATURE_CLOSE'],
])

/**
 * What the caller is told in place of `error`: STORAGE_FULL, UNAVAILABLE, or the error itself when it is no outage. A client is shown
 * the sentence: the words of S3 and of the system are in the cause alone.
 */
export function s3Error(error: unknown): unknown {
  if (error instanceof KeepsakeError || !types.isNativeError(error)) return error
  const code = codeOf(error)
  const status = statusOf(error)
  if (isFull(code, status)) {
    return new KeepsakeError('STORAGE_FULL', 'S3 has no room left; free some space and try again.', {
      cause: error,
    })
  }
  const isUseless = wrongCredentials(error, code) !== undefined || isOutage(error, code, status)
  return isUseless ? unavailable('S3 is out of reach or refuses to work; try again in a moment.', error) : error
}

/**
 * As `s3Error`, for a start, whose errors only an operator reads: they say what S3 or the system said, in one word. What only a change of
 * the configuration can mend is CONFIG_INVALID.
 */
export function openingError(error: unknown, bucket: string): unknown {
  const found = error instanceof KeepsakeError ? error.cause : error
  if (!types.isNativeError(found)) return error
  const code = codeOf(found)
  const status = statusOf(found)
  if (isFull(code, status)) return s3Error(error)
  const message = misconfiguration(found, bucket)
  if (message !== undefined) return new KeepsakeError('CONFIG_INVALID', message, { cause: found })
  return isOutage(found, code, status)
    ? unavailable(`S3 is out of reach or refuses to work (${code}).`, found)
    : s3Error(error)
}

function isFull(code: string, status: number | undefined): boolean {
  return FULL.has(code) || status === 507
}

/** What is wrong with the credentials, if `error` is about them. */
function wrongCredentials(error: Error, code: string): string | undefined {
  if (REFUSED.has(code)) return `S3 refused the credentials (${code}).`
  if (code === 'CredentialsProviderError') {
    return 'There are no credentials for S3; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or what else the AWS SDK reads.'
  }
  const header = /Invalid character in header content \["([\w-]+)"\]/.exec(error.message)?.[1] ?? ''
  const variable = CREDENTIALS_IN.get(header.toLowerCase())
  return variable && `${variable} has a character that no credential has; look for a line break at its end.`
}

function misconfiguration(error: Error, bucket: string): string | undefined {
  const code = codeOf(error)
  if (code === 'NoSuchBucket') {
    return `The bucket ${bucket} does not exist; make it with \`npm run keepsake -- bucket setup\`.`
  }
  const credentials = wrongCredentials(error, code)
  if (credentials !== undefined) return credentials
  if (error.message === 'Region is missing') return 'S3_REGION is missing; set it to the region of the bucket.'
  if (ELSEWHERE.has(code) || statusOf(error) === 301) {
    const region = regionOf(error)
    return `S3_REGION is wrong: the bucket ${bucket} is ${region ? `in ${region}` : 'in another region'} (${code}).`
  }
  if (statusOf(error) === 403 && code !== 'RequestTimeTooSkewed') {
    return `S3 denies the access to the bucket ${bucket} (${code}).`
  }
  return undefined
}

function isOutage(error: Error, code: string, status: number | undefined): boolean {
  if (status === undefined)
    return NETWORK.has(code) || code === 'TimeoutError' || hasResponse(error) || isWrapped(error)
  if (status === 404) return !MISSING.has(code)
  return status >= 500 || status === 429 || status === 408 || status === 403 || status < 400 || PASSING.has(code)
}

/** Whether `error` is the answer of S3 with one of `codes`, or stands for one. */
export function isS3Code(error: unknown, ...codes: string[]): boolean {
  const found = error instanceof KeepsakeError ? error.cause : error
  return types.isNativeError(found) && codes.includes(codeOf(found))
}

/** The status of an answer that was a failure. */
export function s3Status(error: unknown): number | undefined {
  const found = error instanceof KeepsakeError ? error.cause : error
  return types.isNativeError(found) ? statusOf(found) : undefined
}

/** How often a request was sent before it failed. */
export function attemptsOf(error: unknown): number {
  const found = error instanceof KeepsakeError ? error.cause : error
  return types.isNativeError(found) ? (metadataOf(found)?.attempts ?? 1) : 1
}

/** S3 names its failures in `name`, Node in `code`. Only a word of either may reach a message. */
function codeOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  // versitygw's word for it.
  if (code === 'XAdminUserNotFound') return 'InvalidAccessKeyId'
  if (isWrapped(error)) return /\bE[A-Z]{3,}\b/.exec(error.message)?.[0] ?? 'TimeoutError'
  return /^\w{1,64}$/.test(code) ? code : 'unknown'
}

/** The SDK hides an error of the network that comes from another realm, as Node's own do in a `vm` context. */
function isWrapped(error: Error): boolean {
  return error.message.startsWith('AWS SDK error wrapper for ')
}

interface Metadata {
  readonly httpStatusCode?: number
  readonly attempts?: number
}

function metadataOf(error: Error): Metadata | undefined {
  return '$metadata' in error ? (error.$metadata as Metadata) : undefined
}

function statusOf(error: Error): number | undefined {
  return metadataOf(error)?.httpStatusCode
}

function hasResponse(error: Error): boolean {
  return '$response' in error
}

/** Where the bucket is, if S3 tells. */
function regionOf(error: Error): string | undefined {
  const headers = '$response' in error ? (error.$response as { headers?: Record<string, string> })?.headers : undefined
  const region = headers?.['x-amz-bucket-region'] ?? ('Region' in error ? error.Region : undefined)
  return typeof region === 'string' && /^[a-z0-9-]{1,50}$/.test(region) ? region : undefined
}
