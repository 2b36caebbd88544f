import { constants } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import { KeepsakeError } from '../domain/errors.ts'
import { systemCode } from './system-error.ts'

/** Makes the data folder, for its owner alone. Throws CONFIG_INVALID when it cannot be made or written. */
export async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const reason = systemCode(error) ?? 'unknown reason'
    throw new KeepsakeError('CONFIG_INVALID', `DATA_DIR ${dataDir} cannot be made or written (${reason}).`, {
      cause: error,
    })
  }
}
