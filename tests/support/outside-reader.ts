import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { DatabaseSync } from '@photostructure/sqlite'

/** A record of an asset, as the file of the database has it. */
export interface StoredRecord {
  readonly id: string
  readonly tempId: string | null
  readonly state: string
  readonly key: string | null
  readonly garbage: string | null
  readonly dueAt: number | null
  readonly sha256: string | null
}

/** A record of a batch, as the file of the database has it. */
export interface StoredBatch {
  readonly id: string
  readonly state: string
  /** Ids of assets, as JSON. */
  readonly members: string
}

/** A file that holds an object. */
export interface StoredObject {
  readonly key: string
  /** Of the bytes, in hex. */
  readonly sha256: string
}

/** Everything that lies in a data folder. */
export interface Outside {
  readonly records: readonly StoredRecord[]
  readonly batches: readonly StoredBatch[]
  readonly objects: readonly StoredObject[]
  /** Names of files in staging. */
  readonly staging: readonly string[]
  /** Files that are no object, in whatever folder. */
  readonly strays: readonly string[]
}

/** What a data folder may have beside the objects. */
const KNOWN = /^(keepsake\.db(-wal|-shm)?|objects|keys\.env|jwt\.secret)$/

const FOLDER_OF_OBJECTS = /^\d\d$/

/** Reads a data folder without any code of the application: the database over a connection of its own, the objects file by file. */
export async function readOutside(dataDir: string): Promise<Outside> {
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

function readDatabase(path: string): Pick<Outside, 'records' | 'batches'> {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
  try {
    const columns = 'id, temp_id AS tempId, state, key, garbage, due_at AS dueAt, sha256'
    // The library's types leave open what a row holds.
    const records = database.prepare(`SELECT ${columns} FROM assets`).all() as StoredRecord[]
    const batches = database.prepare('SELECT id, state, members FROM batches').all() as StoredBatch[]
    return { records, batches }
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

/** SHA-256 in hex. */
export function hashOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT'
}
