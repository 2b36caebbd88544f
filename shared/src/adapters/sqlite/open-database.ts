import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import { KeepsakeError } from '../../domain/errors.ts'
import type { Pace } from './group-commit.ts'
import { migrate } from './migrate.ts'
import { SqliteDatabase } from './sqlite-database.ts'
import { isBusy, isNoDatabase, statementError } from './sqlite-error.ts'
import { whenFree } from './when-free.ts'

const DEFAULT_PACE: Pace = { patience: 5000, pause: 0 }

const PRAGMAS = `
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
  PRAGMA cache_size = -16384;
  PRAGMA journal_size_limit = 67108864;
`

/**
 * Opens the database in the file `path`, makes it when it is missing, and brings its schema up to date; safe for many processes at once.
 * Throws CONFIG_INVALID when the file cannot be used, SCHEMA_NEWER when a newer release wrote it, UNAVAILABLE while it stays locked.
 */
export async function openSqlite(path: string, options: Partial<Pace> = {}): Promise<SqliteDatabase> {
  const pace = { ...DEFAULT_PACE, ...options }
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const connection = await connect(path, pace.patience)
    const { ino } = await stat(path)
    return new SqliteDatabase(connection, { path, inode: ino }, pace)
  } catch (error) {
    throw openingError(path, error)
  }
}

async function connect(path: string, patience: number): Promise<DatabaseSyncInstance> {
  const connection = new DatabaseSync(path, { timeout: 0 })
  try {
    await whenFree(() => useWriteAheadLog(connection, path), patience)
    connection.exec(PRAGMAS)
    await whenFree(() => rehearseWrite(connection), patience)
    await migrate(connection, patience)
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

function useWriteAheadLog(connection: DatabaseSyncInstance, path: string): void {
  const { journal_mode: mode } = connection.prepare('PRAGMA journal_mode = WAL').get()
  if (mode === 'wal') return
  throw new KeepsakeError('CONFIG_INVALID', `DATA_DIR: the file system of ${path} cannot be shared; use a local disk.`)
}

/** A file that may not be written is opened all the same, and would show it at the first write only. */
function rehearseWrite(connection: DatabaseSyncInstance): void {
  connection.exec('BEGIN IMMEDIATE')
  try {
    connection.exec('PRAGMA user_version = 0')
  } finally {
    connection.exec('ROLLBACK')
  }
}

function openingError(path: string, error: unknown): unknown {
  if (error instanceof KeepsakeError) return error
  if (isBusy(error)) return statementError(error)
  if (isNoDatabase(error)) {
    return new KeepsakeError(
      'CONFIG_INVALID',
      `DATA_DIR: ${path} is damaged or no database; restore it from a backup.`,
      {
        cause: error,
      },
    )
  }
  const translated = statementError(error)
  const isTroubleOfTheFile = typeof error === 'object' && error !== null && 'syscall' in error
  if (!isTroubleOfTheFile && translated === error) return error
  return new KeepsakeError('CONFIG_INVALID', `DATA_DIR: ${path} cannot be written; check its folder, owner and disk.`, {
    cause: error,
  })
}
