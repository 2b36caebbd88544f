import { type Env, refuse } from './env.ts'
import { duration } from './values.ts'

/** How long things live and when the worker looks after them. Durations in milliseconds. */
export interface UpkeepConfig {
  /** A cron expression of five fields, or six with seconds. */
  readonly cron: string
  readonly tempTtl: number
  readonly persistLease: number
  readonly purgeDelay: number
}

/** Reads how long things live and when the worker looks after them. */
export function readUpkeep(env: Env): UpkeepConfig {
  return {
    cron: env.read('UPKEEP_CRON', cronExpression) ?? '* * * * *',
    tempTtl: env.read('TEMP_TTL', duration('1s', '3650d')) ?? 24 * 60 * 60_000,
    persistLease: env.read('PERSIST_LEASE', duration('1s', '1d')) ?? 60_000,
    purgeDelay: env.read('PURGE_DELAY', duration('0s', '3650d')) ?? 0,
  }
}

/** Its shape only: the worker, which schedules by it, knows the rest. */
function cronExpression(text: string): string {
  const fields = text.split(/\s+/)
  const isShaped = (fields.length === 5 || fields.length === 6) && fields.every((field) => /^[\w*,/#?-]+$/.test(field))
  return isShaped ? fields.join(' ') : refuse('must be a cron expression of five or six fields, like */5 * * * *')
}
