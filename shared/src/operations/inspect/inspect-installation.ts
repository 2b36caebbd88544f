import type { DatabaseState } from '../../ports/database-inspection.ts'
import type { Storage } from '../../ports/storage.ts'
import { readMark, TRANSFER_NOT_ENDED } from '../prepare-installation.ts'
import type { Finding } from './finding.ts'

const subject = 'Installation'

/** Tells whether the database and the storage belong together. */
export async function inspectInstallation(storage: Storage, database: DatabaseState): Promise<Finding> {
  const mark = await readMark({ storage })
  const { installation } = database
  if (!installation) {
    if (mark === undefined)
      return { level: 'note', subject, sentence: 'Not begun yet; the first start marks database and storage.' }
    return { level: 'problem', subject, sentence: `The storage belongs to installation ${mark}, the database to none.` }
  }
  const { id, marked, use } = installation
  if (use === 'transfer') return { level: 'problem', subject, sentence: TRANSFER_NOT_ENDED }
  if (mark === id) return { level: 'good', subject, sentence: `Database and storage belong to ${id}.` }
  if (mark !== undefined) {
    return {
      level: 'problem',
      subject,
      sentence: `The storage belongs to installation ${mark}, the database to ${id}.`,
    }
  }
  if (!marked) return { level: 'note', subject, sentence: 'The storage has no mark yet; the next start makes it.' }
  const sentence = `The storage lacks the mark of ${id}: it is another one, was emptied, or a transfer into it has not ended.`
  return { level: 'problem', subject, sentence }
}
