// What the worker's one question costs when nothing is due: a million uploads that wait, and the next to be due a day away.
// Needs a build and 2 GiB of disk: `npm run build && node bench/expiry-scan.mjs [records] [rounds]`.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite } from '@keepsake/shared/adapters/sqlite/open-database'
import { SqliteAssets } from '@keepsake/shared/adapters/sqlite/sqlite-assets'
import { newId, newTempId } from '@keepsake/shared/domain/identifier'
import { beginUpload, completeUpload } from '@keepsake/shared/domain/transitions'
import { formatSpread, spreadOf } from './support/rounds.mjs'

const [count = 1_000_000, rounds = 200] = process.argv.slice(2).map(Number)
/** As many writes as share a commit. */
const GROUP = 500
/** As many as a round of the worker reads at once. */
const PAGE = 500
const GOAL = 5
const HOUR = 60 * 60 * 1000
const SETTINGS = { uploadTimeout: HOUR, tempTtl: 24 * HOUR }
const PROJECT = newId(randomBytes)
const NOW = new Date()

const folder = await mkdtemp(join(tmpdir(), 'keepsake-bench-'))
const database = await openSqlite(join(folder, 'keepsake.db'))
const assets = new SqliteAssets(database)
try {
  await fill()
  await report('none due', NOW, 0)
  await report('a page due', new Date(NOW.getTime() + 48 * HOUR), PAGE)
} finally {
  await database.close()
  await rm(folder, { recursive: true })
}

async function fill() {
  const begun = performance.now()
  for (let done = 0; done < count; done += GROUP) {
    const group = Array.from({ length: Math.min(GROUP, count - done) }, (_, index) => waiting(done + index))
    await Promise.all(group.map((asset) => assets.insert(asset)))
  }
  console.log(`${count} records in ${((performance.now() - begun) / 1000).toFixed(0)} s`)
}

/** Uploaded within the last hour: it lives for most of a day. */
function waiting(index) {
  const at = new Date(NOW.getTime() - (index / count) * HOUR)
  const ids = { id: newId(randomBytes), tempId: newTempId(randomBytes), projectId: PROJECT, userId: PROJECT }
  const content = { size: index, sha256: 'a'.repeat(64), type: 'image/jpeg', utf8: false, storedAt: at }
  return completeUpload(beginUpload({ ...ids, name: `photo-${index}.jpg` }, at, SETTINGS), content, at, SETTINGS)
}

async function report(name, now, expected) {
  const figures = []
  for (let round = 0; round < rounds; round += 1) {
    const begun = performance.now()
    const { length } = await assets.findDue(now, PAGE)
    figures.push({ ms: performance.now() - begun })
    if (length !== Math.min(expected, count)) throw new Error(`${length} records are due instead of ${expected}.`)
  }
  console.log(`${name}: ${formatSpread(spreadOf(figures, 'ms'), 3)} ms${expected === 0 ? ` (goal: ${GOAL})` : ''}`)
}
