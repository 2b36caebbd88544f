import type { DatabaseState } from '../../ports/database-inspection.ts'
import { TOLERANCE } from '../upkeep/decide-now.ts'
import type { Finding } from './finding.ts'

/** Judges a database: its schema, its indexes and its clock against this machine's, which showed `now` when it was asked. */
export function inspectDatabase(state: DatabaseState, where: string, now: Date): Finding[] {
  return [
    { level: 'good', subject: 'Database', sentence: `${state.engine}, ${where}.` },
    judgeSchema(state),
    ...judgeIndexes(state),
    judgeClocks(state, now),
  ]
}

function judgeSchema({ schema: { found, known } }: DatabaseState): Finding {
  const subject = 'Schema'
  if (found === 0) return { level: 'note', subject, sentence: 'There is none yet; the first start makes it.' }
  if (found === known) return { level: 'good', subject, sentence: `Version ${found}, as this release makes it.` }
  if (found < known) {
    return {
      level: 'note',
      subject,
      sentence: `Version ${found}; the next start of this release brings it to ${known}.`,
    }
  }
  const sentence = `Version ${found} is newer than this release, which knows ${known}; run a later release.`
  return { level: 'problem', subject, sentence }
}

function judgeIndexes({ schema, missingIndexes: missing }: DatabaseState): Finding[] {
  if (schema.found === 0) return []
  if (missing.length === 0) return [{ level: 'good', subject: 'Indexes', sentence: 'All are there.' }]
  return [{ level: 'problem', subject: 'Indexes', sentence: `Missing: ${missing.join(', ')}.` }]
}

function judgeClocks({ now: database }: DatabaseState, now: Date): Finding {
  const apart = database.getTime() - now.getTime()
  const seconds = Math.round(Math.abs(apart) / 1000)
  if (Math.abs(apart) <= TOLERANCE) {
    return { level: 'good', subject: 'Clocks', sentence: `The database's and this machine's are ${seconds} s apart.` }
  }
  const order = apart > 0 ? 'ahead of' : 'behind'
  const sentence = `The database's is ${seconds} s ${order} this machine's; the worker goes by the earlier one. Set them right.`
  return { level: 'warning', subject: 'Clocks', sentence }
}
