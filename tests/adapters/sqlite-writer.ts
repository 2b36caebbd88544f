import { openSqlite } from '@keepsake/shared/adapters/sqlite/open-database'
import { SqliteAssets } from '@keepsake/shared/adapters/sqlite/sqlite-assets'
import { SqliteProjects } from '@keepsake/shared/adapters/sqlite/sqlite-projects'
import { isCode } from '@keepsake/shared/domain/errors'
import { changed, NOW, record } from '../contracts/records.ts'

// A process that works on a database which others use as well. What it prints was acknowledged.

const [task, path = '', ...args] = process.argv.slice(2)
const database = await openSqlite(path)
const assets = new SqliteAssets(database)

switch (task) {
  case 'start':
    await printFirstProject()
    break
  case 'count':
    await Promise.all(Array.from({ length: 8 }, () => count(args[0] ?? '', Number(args[1]))))
    break
  case 'insert':
    await Promise.all(Array.from({ length: 16 }, () => insertForever()))
    break
  case 'fill':
    await fill()
    break
}
await database.close()

async function printFirstProject(): Promise<void> {
  const [id, ownerId] = [record().id, record().id]
  const project = { id, ownerId, name: 'Default', createdAt: NOW, updatedAt: NOW }
  print((await new SqliteProjects(database).ensureFirst(project)).id)
}

/** Raises the version `times` times, whoever else does so too. */
async function count(id: string, times: number): Promise<void> {
  let left = times
  while (left > 0) {
    const fresh = await assets.find(id)
    if (!fresh) throw new Error('The record is gone.')
    if (await assets.replace(changed(fresh, { number: (fresh.number ?? 0) + 1 }))) left -= 1
  }
}

async function insertForever(): Promise<void> {
  for (;;) {
    const asset = record()
    await assets.insert(asset)
    print(asset.id)
  }
}

/** Inserts until something fails; prints the code of the failure. */
async function fill(): Promise<void> {
  for (;;) {
    try {
      await assets.insert(record({ name: 'x'.repeat(9000) }))
    } catch (error) {
      if (!isCode(error, 'OUTCOME_UNKNOWN', 'STORAGE_FULL', 'UNAVAILABLE')) throw error
      return print(error.code)
    }
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
