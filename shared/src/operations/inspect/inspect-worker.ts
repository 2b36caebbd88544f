import type { Pulse } from '../../ports/heartbeat.ts'
import { countRounds } from './count-rounds.ts'
import type { Finding } from './finding.ts'

const subject = 'Worker'

/** So many rounds in a row may be missed, and so long a round may take, before something is wrong; milliseconds. */
const MOST_MISSED = 3
const GRACE = 5 * 60_000

/** Judges the workers' sign of life, which they share: rounds that should have been completed by `cron` and were not. */
export function inspectWorker({ lastRunAt }: Pulse, cron: string, now: Date): Finding {
  if (!lastRunAt) {
    return {
      level: 'problem',
      subject,
      sentence: 'No round was ever completed; start one with `npm run start:worker`.',
    }
  }
  const age = now.getTime() - lastRunAt.getTime()
  const isLate = age > GRACE && countRounds(cron, lastRunAt, now, MOST_MISSED) >= MOST_MISSED
  const sentence = `The last round ended ${describeAge(age)} ago${isLate ? `, too long for UPKEEP_CRON "${cron}"` : ''}.`
  return { level: isLate ? 'problem' : 'good', subject, sentence }
}

/** Tells how much waits for the worker. */
export function inspectBacklog({ due, garbage }: Pulse): Finding {
  const sentence = `${atLeast(due)} records are due, ${atLeast(garbage)} objects wait to be deleted.`
  return { level: due >= COUNTED ? 'warning' : 'good', subject: 'Backlog', sentence }
}

/** A count does not go on beyond this. */
const COUNTED = 10_000

function atLeast(count: number): string {
  return count >= COUNTED ? `${COUNTED} or more` : String(count)
}

function describeAge(milliseconds: number): string {
  const seconds = Math.max(Math.round(milliseconds / 1000), 0)
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return `${Math.round(seconds / 3600)} h`
}
