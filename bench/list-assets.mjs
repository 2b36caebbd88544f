// Lists a project of a million assets, one in twenty deleted: the first page against one at 98 %, and what filters cost.
// Needs a build and 2 GiB of disk: `npm run build && node bench/list-assets.mjs [assets] [rounds]`.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite } from '@keepsake/shared/adapters/sqlite/open-database'
import { SqliteAssets } from '@keepsake/shared/adapters/sqlite/sqlite-assets'
import { SqliteFolders } from '@keepsake/shared/adapters/sqlite/sqlite-folders'
import { beginCreate, createHotlink, finishCreate } from '@keepsake/shared/domain/entry-transitions'
import { newId } from '@keepsake/shared/domain/identifier'
import { FLAGS } from '@keepsake/shared/domain/kind'
import { deletePersisted } from '@keepsake/shared/domain/transitions'

const [count = 1_000_000, rounds = 50] = process.argv.slice(2).map(Number)
const PAGE_SIZE = 100
/** As many writes as share a commit. */
const GROUP = 500
const PROJECT = newId(randomBytes)
const START = Date.parse('2024-01-15T10:30:00.000Z')
const EXTENSIONS = ['jpg', 'png', 'css', 'js', 'pdf', 'mp4', 'txt']

const folder = await mkdtemp(join(tmpdir(), 'keepsake-bench-'))
const database = await openSqlite(join(folder, 'keepsake.db'))
const assets = new SqliteAssets(database)
try {
  const live = await fill()
  await compare(live)
} finally {
  await database.close()
  await rm(folder, { recursive: true })
}

async function fill() {
  const began = performance.now()
  let live = 0
  for (let number = 1; number <= count; number += GROUP) {
    const group = Array.from({ length: Math.min(GROUP, count - number + 1) }, (_, index) => asset(number + index))
    await Promise.all(group.map((one) => assets.insert(one)))
    const dying = group.filter(() => Math.random() < 0.05)
    await Promise.all(dying.map((one) => assets.replace(deletePersisted(one, one.createdAt, { purgeDelay: 0 }))))
    live += group.length - dying.length
  }
  const seconds = (performance.now() - began) / 1000
  console.log(`${count} assets in ${seconds.toFixed(0)} s, ${live} of them listed`)
  return live
}

function asset(number) {
  const id = newId(randomBytes)
  const at = new Date(START + number * 1000)
  const name = `picture-${number}.${EXTENSIONS[number % EXTENSIONS.length]}`
  const listing = { folder: `uploads/${at.toISOString().slice(0, 10).replaceAll('-', '/')}`, name, number }
  const said = { width: number % 4000, height: number % 3000 }
  const begun = { id, projectId: PROJECT, userId: PROJECT, name }
  if (number % 10 === 0) return createHotlink(begun, `https://example.com/pictures/${number}`, listing, said, at)
  const content = { size: number, sha256: 'a'.repeat(64), type: 'image/jpeg', utf8: false, storedAt: at }
  const created = beginCreate({ ...begun, key: `${listing.folder}/${name}` }, at, { uploadTimeout: 3_600_000 })
  return finishCreate(created, content, listing, said)
}

async function compare(live) {
  const { total } = await list(1)
  if (total !== live) throw new Error(`${total} assets are counted instead of ${live}.`)

  const deep = Math.ceil((live / PAGE_SIZE) * 0.98)
  const [first, last] = await measure([
    ['page 1', () => list(1)],
    [`page ${deep}`, () => list(deep)],
  ])
  console.log(`page ${deep} takes ${(last / first).toFixed(2)} times as long as page 1`)

  const wide = { column: 'width', operator: 'lt', values: [2000] }
  const urls = Array.from({ length: 10 }, (_, index) => `https://example.com/pictures/${index * 10}`)
  await measure([
    ['one number', () => list(1, eq('id', count / 2))],
    ['one name', () => list(1, eq('name', 'picture-7777.jpg'))],
    ['ten urls', () => list(1, { column: 'url', operator: 'in', values: urls })],
    ['half of the widths, first page', () => list(1, wide)],
    ['half of the widths, last pages', () => list(Math.floor(deep / 2), wide)],
    ['half of the widths, all flags', () => list(1, wide, ...FLAGS.map((column) => eq(column, false)))],
    ['missing folders', () => new SqliteFolders(database).findMissing(1000)],
  ])
}

/** Prints and answers with the medians, of rounds in which all take turns. */
async function measure(cases) {
  const times = cases.map(() => [])
  for (let round = 0; round < rounds; round += 1) {
    const order = [...cases.keys()]
    for (const index of round % 2 === 0 ? order : order.toReversed()) {
      const began = performance.now()
      await cases[index][1]()
      times[index].push(performance.now() - began)
    }
  }
  const medians = times.map(median)
  for (const [index, [name]] of cases.entries()) {
    console.log(`${name}: ${medians[index].toFixed(2)} ms (at least ${Math.min(...times[index]).toFixed(2)})`)
  }
  return medians
}

function eq(column, value) {
  return { column, operator: 'eq', values: [value] }
}

function list(page, ...filters) {
  return assets.list(PROJECT, { filters, page, pageSize: PAGE_SIZE })
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
}
