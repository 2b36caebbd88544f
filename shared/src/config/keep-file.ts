import { randomBytes } from 'node:crypto'
import { link, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { KeepsakeError } from '../domain/errors.ts'
import { makeDataDir } from './data-dir.ts'
import { systemCode } from './system-error.ts'

/** What a file holds, and whether it was made by this very call. */
export interface KeptFile {
  readonly content: string
  readonly isNew: boolean
}

/**
 * Stores `content` as `file`, for its owner alone, in a folder that is made too, unless the file is there; answers with what is there.
 * Of several processes one stores. Throws CONFIG_INVALID when the file cannot be read or written.
 */
export async function keepFile(file: string, content: string): Promise<KeptFile> {
  try {
    return await keep(file, content)
  } catch (error) {
    const reason = systemCode(error)
    if (!reason) throw error
    throw new KeepsakeError('CONFIG_INVALID', `The file ${file} cannot be read or written (${reason}).`, {
      cause: error,
    })
  }
}

async function keep(file: string, content: string): Promise<KeptFile> {
  const stored = await contentOf(file)
  if (stored !== undefined) return { content: stored, isNew: false }

  await makeDataDir(dirname(file))
  const aside = `${file}.${randomBytes(6).toString('hex')}`
  try {
    await writeDurably(aside, content)
    // Unlike a rename, a link never replaces what another process has stored meanwhile.
    const isNew = await link(aside, file).then(() => true, fileIsThere)
    return { content: isNew ? content : await readFile(file, 'utf8'), isNew }
  } finally {
    await rm(aside, { force: true })
  }
}

async function writeDurably(file: string, content: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function contentOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    // A folder above it may be missing, or none: making it tells which.
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined
    throw error
  }
}

function fileIsThere(error: unknown): false {
  if (systemCode(error) === 'EEXIST') return false
  throw error
}
