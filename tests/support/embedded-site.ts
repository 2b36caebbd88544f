import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { DatabaseSync } from '@photostructure/sqlite'
import { hashOf, type Outside, type Site, type StoredObject, type StoredRecord } from './outside.ts'

/** What a data folder may have beside the objects. */
const KNOWN = /^(keepsake\.db(-wal|-shm)?|objects|keys\.env|jwt\.secret)$/

const FOLDER_OF_OBJECTS = /^\d\d$/

const DATES = ['deadline', 'claimed_at', 'lease_until', 'forget_at', 'retry_at', 'due_at']

/** A data folder: the database over a connection of its own, the objects file by file. It is removed with the machine. */
export function embeddedSite(dataDir: string): Site {
  return {
    variables: {},
    read: () => readDataDir(dataDir),
    letTimePass: async (duration) => letTimePass(join(dataDir, 'keepsake.db'), duration),
    remove: async () => undefined,
  }
}

async function readDataDir(dataDir: string): Promise<Outside> {
  const { records, batches } = readDatabase(join(dataDir, 'keepsake.db'))
  const root = join(dataDir, 'objects')
  const objects: StoredObject[] = []
  const strays = (await readdir(dataDir)).filter((name) => !KNOWN.test(name))
  for (const folder of await readdir(root)) {
    if (folder === 'staging') continue
    if (!FOLDER_OF_OBJECTS.test(folder)) strays.push(folder)
    else await readFolder(join(root, folder), objects, strays)
  }
  return { records, batches, objects, staging: await readdir(join(root, 'staging')), strays }
}

function letTimePass(path: string, duration: number): void {
  const database = new DatabaseSync(path, { timeout: 5_000 })
  try {
    const earlier = DATES.map((column) => `${column} = ${column} - ${duration}`)
    database.exec(`UPDATE assets SET ${earlier.join(', ')}`)
    database.exec(`UPDATE batches SET due_at = due_at - ${duration}`)
  } finally {
    database.close()
  }
}

interface AssetRow extends Pick<StoredRecord, 'id' | 'state' | 'key' | 'sha256'> {
  readonly temp_id: string | null
  readonly garbage: string | null
  readonly due_at: number | null
}

interface BatchRow {
  readonly id: string
  readonly state: string
  readonly members: string
}

function readDatabase(path: string): Pick<Outside, 'records' | 'batches'> {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
  try {
    // The library's types leave open what a row holds.
    const rows = database.prepare('SELECT * FROM assets').all() as AssetRow[]
    const batches = database.prepare('SELECT id, state, members FROM batches').all() as BatchRow[]
    return {
      records: rows.map((row) => ({
        ...{ id: row.id, tempId: row.temp_id, state: row.state, key: row.key, sha256: row.sha256 },
        ...{ hasGarbage: row.garbage !== null, dueAt: row.due_at },
      })),
      batches: batches.map(({ id, state, members }) => ({ id, state, members: JSON.parse(members) })),
    }
  } finally {
    database.close()
  }
}

/** The name of an object's file is the SHA-256 of its key, and the key; a long key lies in a file beside it. */
async function readFolder(folder: string, objects: StoredObject[], strays: string[]): Promise<void> {
  const names = new Set(await readdir(folder))
  for (const name of names) {
    const [, hash = '', rest = ''] = /^([0-9a-f]{64})(.*)$/.exec(name) ?? []
    if (rest === '-key' && names.has(hash)) continue
    try {
      const key = await keyOf(folder, hash, rest, names)
      if (key === undefined || hashOf(key) !== hash) strays.push(name)
      else objects.push({ key, sha256: await hashOfFile(join(folder, name)) })
    } catch (error) {
      // A worker deleted it since the folder was listed.
      if (!isMissing(error)) throw error
    }
  }
}

async function keyOf(folder: string, hash: string, rest: string, names: Set<string>): Promise<string | undefined> {
  if (rest.startsWith('.')) return decodeURIComponent(rest.slice(1))
  if (rest === '' && names.has(`${hash}-key`)) return readFile(join(folder, `${hash}-key`), 'utf8')
  return undefined
}

async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT'
}
