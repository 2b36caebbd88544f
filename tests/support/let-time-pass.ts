import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'

const DATES = ['deadline', 'claimed_at', 'lease_until', 'forget_at', 'retry_at', 'due_at']

/** What a pause of that many milliseconds does to everything that waits. No process may be at work on the data meanwhile. */
export function letTimePass(dataDir: string, duration: number): void {
  const database = new DatabaseSync(join(dataDir, 'keepsake.db'), { timeout: 5_000 })
  try {
    const earlier = DATES.map((column) => `${column} = ${column} - ${duration}`)
    database.exec(`UPDATE assets SET ${earlier.join(', ')}`)
    database.exec(`UPDATE batches SET due_at = due_at - ${duration}`)
  } finally {
    database.close()
  }
}
