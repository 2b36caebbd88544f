import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { KeepsakeError } from '../../domain/errors.ts'
import { createAssets } from './migrations/0001-assets.ts'
import { createBatches } from './migrations/0002-batches.ts'
import { createProjects } from './migrations/0003-projects.ts'
import { createInstallation } from './migrations/0004-installation.ts'
import { createEntries } from './migrations/0005-entries.ts'
import { addUse } from './migrations/0006-use.ts'
import { whenFree } from './when-free.ts'

/**
 * What leads from one version of the schema to the next, the first from an empty file. Released ones never change,
 * and each only adds: a process of the release before goes on working beside it.
 */
export const MIGRATIONS = [createAssets, createBatches, createProjects, createInstallation, createEntries, addUse]

/** Brings the schema up to date, each step whole or not at all, whoever else starts at the same time. Throws SCHEMA_NEWER. */
export async function migrate(connection: DatabaseSyncInstance, patience: number): Promise<void> {
  for (;;) {
    const version = await whenFree(() => schemaVersion(connection), patience)
    if (version > MIGRATIONS.length) {
      throw new KeepsakeError(
        'SCHEMA_NEWER',
        'A newer release has written this database; start that release or a later one.',
      )
    }
    const migration = MIGRATIONS[version]
    if (!migration) return
    await whenFree(() => connection.exec('BEGIN IMMEDIATE'), patience)
    step(connection, version, migration)
  }
}

function step(connection: DatabaseSyncInstance, version: number, migration: string): void {
  try {
    const isStillDue = schemaVersion(connection) === version
    if (isStillDue) connection.exec(`${migration}; PRAGMA user_version = ${version + 1}`)
    connection.exec('COMMIT')
  } finally {
    if (connection.isTransaction) connection.exec('ROLLBACK')
  }
}

function schemaVersion(connection: DatabaseSyncInstance): number {
  return connection.prepare('PRAGMA user_version').get().user_version
}
