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

/** Of second, minute, hour, day, month and weekday: the least number and the greatest. */
const BOUNDS = [
  [0, 59],
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const

/** Its shape and its numbers; the worker, which schedules by it, knows the rest. */
function cronExpression(text: string): string {
  const fields = text.split(/\s+/)
  const bounds = BOUNDS.slice(-fields.length)
  const isCron = (fields.length === 5 || fields.length === 6) && fields.every((field, at) => isField(field, bounds[at]))
  return isCron ? fields.join(' ') : refuse('must be a cron expression of five or six fields, like */5 * * * *')
}

function isField(field: string, [least, most]: readonly [number, number] = [0, 0]): boolean {
  // Only days, months and weekdays have names.
  const isShaped = (most === 59 || most === 23 ? /^[\d*,/-]+$/ : /^[\w*,/#?-]+$/).test(field)
  return isShaped && field.split(',').every((part) => isPart(part, least, most))
}

/** One of the values of a field: `*`, `7`, `1-5`, each of them perhaps with a step. */
function isPart(part: string, least: number, most: number): boolean {
  const [values = '', step = '1', ...rest] = part.split('/')
  const numbers = values.match(/\d+/g) ?? []
  const isWithin = numbers.every((number) => Number(number) >= least && Number(number) <= most)
  return values !== '' && rest.length === 0 && isWithin && /^0*[1-9]\d*$/.test(step)
}
