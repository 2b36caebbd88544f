import type { Context } from '../ports/context.ts'

/** Which of the two foreign systems answer. */
export interface Readiness {
  readonly database: boolean
  readonly storage: boolean
}

/** Longer than this, and it counts as out of reach. */
const PATIENCE = 2_000

/** Asks the database and the storage whether they can be used. Never throws. */
export async function checkReadiness(context: Context): Promise<Readiness> {
  const [database, storage] = await Promise.all([
    answers(context, 'database', context.assets.check()),
    answers(context, 'storage', context.storage.check()),
  ])
  return { database, storage }
}

async function answers(context: Context, system: string, check: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${PATIENCE} ms.`)), PATIENCE)
  })
  try {
    await Promise.race([check, late])
    return true
  } catch (error) {
    context.log.warn('readiness.failed', { system, error })
    return false
  } finally {
    clearTimeout(timer)
  }
}
