import { type Env, refuse } from './env.ts'
import { duration, list, size, wholeNumber } from './values.ts'

/** What uploads and callers may use. Sizes in bytes, durations in milliseconds; a limit of 0 is none. */
export interface LimitsConfig {
  readonly maxUploadBytes: number
  /** MIME types and ranges like `image/*`, in lower case. */
  readonly allowedTypes: readonly string[]
  readonly uploadTimeout: number
  readonly idleTimeout: number
  readonly tempBytesPerProject: number
  readonly tempAssetsPerProject: number
  readonly uploadsPerMinutePerIp: number
  readonly assetsApiRequestsPerMinute: number
}

const MIB = 1024 ** 2
const GIB = 1024 ** 3
const MINUTE = 60_000

/** Reads what uploads and callers may use. */
export function readLimits(env: Env): LimitsConfig {
  return {
    maxUploadBytes: env.read('MAX_UPLOAD_BYTES', size(1)) ?? 100 * MIB,
    allowedTypes: env.read('ALLOWED_TYPES', types) ?? ['*/*'],
    uploadTimeout: env.read('UPLOAD_TIMEOUT', duration('1s', '7d')) ?? 60 * MINUTE,
    idleTimeout: env.read('IDLE_TIMEOUT', duration('1s', '7d')) ?? MINUTE,
    tempBytesPerProject: env.read('TEMP_BYTES_PER_PROJECT', size(0)) ?? 10 * GIB,
    tempAssetsPerProject: env.read('TEMP_ASSETS_PER_PROJECT', wholeNumber(0)) ?? 100_000,
    uploadsPerMinutePerIp: env.read('UPLOADS_PER_MINUTE_PER_IP', wholeNumber(0)) ?? 0,
    assetsApiRequestsPerMinute: env.read('ASSETS_API_REQUESTS_PER_MINUTE', wholeNumber(0)) ?? 60,
  }
}

function types(text: string): readonly string[] {
  const found = list(mediaRange)(text)
  return found.length > 0 ? found : refuse('must name at least one type')
}

function mediaRange(text: string): string {
  const isRange = /^(\*\/\*|[\w.+-]+\/(\*|[\w.+-]+))$/.test(text)
  return isRange ? text.toLowerCase() : refuse('must list types like image/png, image/* or */*')
}
