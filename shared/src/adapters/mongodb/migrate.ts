import { setTimeout } from 'node:timers/promises'
import { KeepsakeError } from '../../domain/errors.ts'
import { changeState } from './change-state.ts'
import { createIndexes } from './migrations/0001-indexes.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { foundDuplicates } from './mongo-error.ts'
import { OPERATION } from './schema-options.ts'

/**
 * What leads from one version of the schema to the next. Released ones never change; each may be done again, also by several at once,
 * and only adds: a process of the release before goes on working beside it.
 */
export const MIGRATIONS = [createIndexes]

/** Servers that make one index for two at once may refuse one of them. */
const ATTEMPTS = 5
const PAUSE = 200

/** Brings the schema up to date, whoever else starts at the same time. Throws SCHEMA_NEWER, CONFIG_INVALID when there are duplicates. */
export async function migrate(database: MongoDatabase): Promise<void> {
  const version = await schemaVersion(database)
  if (version > MIGRATIONS.length) {
    throw new KeepsakeError(
      'SCHEMA_NEWER',
      'A newer release has written this database; start that release or a later one.',
    )
  }
  for (const [index, migration] of MIGRATIONS.entries()) {
    if (index < version) continue
    await patiently(() => migration(database.connection))
    await changeState(database, 'schema', { $max: { version: index + 1 } })
  }
}

/** The version that the database says it has; 0 for an empty one. */
export async function schemaVersion(database: MongoDatabase): Promise<number> {
  const state = await database.read(() => database.states.findById('schema').lean().maxTimeMS(OPERATION))
  return state?.version ?? 0
}

async function patiently(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      // Not before: what two starts at once do to each other may look the same.
      if (attempt === ATTEMPTS) throw foundDuplicates(error) ? duplicatesError(error) : error
      await setTimeout(PAUSE * attempt * (1 + Math.random()))
    }
  }
}

function duplicatesError(cause: unknown): KeepsakeError {
  const message =
    'The database has two documents where only one may be: it was written to while its unique indexes were missing; restore it from a backup.'
  return new KeepsakeError('CONFIG_INVALID', message, { cause })
}
