/** What sort of failure a code is. A dialect maps kinds to statuses; nothing else does. */
export type ErrorKind =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'method'
  | 'timeout'
  | 'conflict'
  | 'precondition'
  | 'too_large'
  | 'unsupported'
  | 'unsatisfiable'
  | 'limited'
  | 'internal'
  | 'unavailable'
  | 'full'

/** Every code and its kind. Codes are public API: they may be added, never renamed. */
export const CATALOG = {
  BODY_INVALID: 'invalid',
  QUERY_INVALID: 'invalid',
  MULTIPART_BROKEN: 'invalid',
  FILE_MISSING: 'invalid',
  NAME_MISSING: 'invalid',
  TOO_MANY_FILES: 'invalid',
  KEY_MISSING: 'unauthorized',
  KEY_UNKNOWN: 'unauthorized',
  TOKEN_INVALID: 'unauthorized',
  TOKEN_EXPIRED: 'unauthorized',
  SECRET_KEY_REQUIRED: 'forbidden',
  TOKEN_USED_UP: 'forbidden',
  ORIGIN_NOT_ALLOWED: 'forbidden',
  ASSET_NOT_FOUND: 'not_found',
  FOLDER_NOT_FOUND: 'not_found',
  ROUTE_NOT_FOUND: 'not_found',
  METHOD_NOT_ALLOWED: 'method',
  UPLOAD_TIMEOUT: 'timeout',
  ASSET_BUSY: 'conflict',
  NAME_TAKEN: 'conflict',
  FOLDER_NOT_EMPTY: 'conflict',
  LAST_SECRET_KEY: 'conflict',
  PRECONDITION_FAILED: 'precondition',
  FILE_TOO_LARGE: 'too_large',
  BODY_TOO_LARGE: 'too_large',
  TYPE_NOT_ALLOWED: 'unsupported',
  RANGE_NOT_SATISFIABLE: 'unsatisfiable',
  RATE_LIMITED: 'limited',
  INTERNAL: 'internal',
  UNAVAILABLE: 'unavailable',
  STORAGE_FULL: 'full',
  QUOTA_REACHED: 'full',
  // Between adapters and operations; a client sees INTERNAL or UNAVAILABLE in their place.
  OBJECT_NOT_FOUND: 'internal',
  KEY_TAKEN: 'internal',
  CONTENT_REPLACED: 'unavailable',
  OUTCOME_UNKNOWN: 'unavailable',
  // Reasons not to start.
  CONFIG_INVALID: 'internal',
  STORE_MISMATCH: 'internal',
  SCHEMA_NEWER: 'internal',
} as const satisfies Record<string, ErrorKind>

/** A stable name of a failure. */
export type ErrorCode = keyof typeof CATALOG

/** What an error may say beside its sentence; every member is safe to show. */
export interface ErrorDetails {
  /** The largest size allowed, in bytes. */
  readonly maxBytes?: number
  readonly allowedTypes?: readonly string[]
  readonly foundType?: string
  /** The member or query parameter that is wrong. */
  readonly param?: string
  /** Seconds after which a repeat may succeed. */
  readonly retryAfter?: number
  readonly limit?: number
  /** The ids of a batch that failed. */
  readonly tempAssetIds?: readonly string[]
  /** The methods that the path takes. */
  readonly allow?: string
}

/** An expected failure. Its message is one sentence, safe to show. Anything else that is thrown is a bug and becomes a 500. */
export class KeepsakeError extends Error {
  override readonly name = 'KeepsakeError'
  readonly code: ErrorCode
  readonly kind: ErrorKind
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, options: ErrorOptions & { details?: ErrorDetails } = {}) {
    super(message, options)
    this.code = code
    this.kind = CATALOG[code]
    this.details = options.details ?? {}
  }
}

/** Whether `error` is a KeepsakeError with one of `codes`. */
export function isCode(error: unknown, ...codes: ErrorCode[]): error is KeepsakeError {
  return error instanceof KeepsakeError && codes.includes(error.code)
}

/** The one answer for every temporary id that cannot be persisted or read: it never tells why, and never repeats the id. */
export function assetNotFound(details?: ErrorDetails): KeepsakeError {
  return new KeepsakeError('ASSET_NOT_FOUND', 'There is no such asset; it may have expired or been deleted.', {
    ...(details && { details }),
  })
}

/** The database or the storage is out of reach, or too busy to answer. */
export function unavailable(message: string, cause?: unknown): KeepsakeError {
  return new KeepsakeError('UNAVAILABLE', message, { cause, details: { retryAfter: 1 } })
}
