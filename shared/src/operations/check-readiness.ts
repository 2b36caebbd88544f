import { KeepsakeError, unavailable } from '../domain/errors.ts'
import type { Context } from '../ports/context.ts'

/** What keeps each of the two foreign systems from being used, in a sentence that is safe to show; absent when nothing does. */
export interface Readiness {
  readonly database?: string
  readonly storage?: string
}

/** Longer than this, and it counts as out of reach. */
const PATIENCE = 2_000

/** Asks the database and the storage whether they can be used. Never throws. */
export async function checkReadiness(context: Context): Promise<Readiness> {
  const [database, storage] = await Promise.all([
    obstacle(context, 'database', context.assets.check()),
    obstacle(context, 'storage', context.storage.check()),
  ])
  return { ...(database && { database }), ...(storage && { storage }) }
}

async function obstacle(context: Context, system: string, check: Promise<void>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable(`It does not answer within ${PATIENCE / 1000} seconds.`)), PATIENCE)
  })
  try {
    await Promise.race([check, late])
    return undefined
  } catch (error) {
    context.log.warn('readiness.failed', { system, error })
    return error instanceof KeepsakeError ? error.message : 'It cannot be used; the log says why.'
  } finally {
    clearTimeout(timer)
  }
}
