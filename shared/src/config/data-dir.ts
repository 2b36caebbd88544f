import { constants } from 'node:fs'
import { access, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { KeepsakeError } from '../domain/errors.ts'
import { systemCode } from './system-error.ts'

/** Makes the data folder, for its owner alone. Throws CONFIG_INVALID when it cannot be made or written. */
export async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await makeFolder(dataDir)
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const reason = systemCode(error) ?? 'unknown reason'
    throw new KeepsakeError('CONFIG_INVALID', `DATA_DIR ${dataDir} cannot be made or written (${reason}).`, {
      cause: error,
    })
  }
}

/** Makes the folders above it too. Node's own way of that never returns where a folder exists that takes no other, like /proc. */
async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) return
  const parent = dirname(path)
  if (parent !== path) await makeFolder(parent)
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    // Another process may have been faster.
    if (systemCode(error) !== 'EEXIST' || !(await isFolder(path))) throw error
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}
