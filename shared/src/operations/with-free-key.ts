import { isCode, unavailable } from '../domain/errors.ts'
import { collisionSuffix } from '../domain/object-key.ts'
import type { Context } from '../ports/context.ts'

/** Six random characters collide this often in a row only when something is wrong. */
const MAX_SUFFIXES = 20

/** Runs `attempt` without a suffix, then with others, until its key and its name are free. */
export async function withFreeKey<T>(
  { randomBytes }: Pick<Context, 'randomBytes'>,
  attempt: (suffix?: string) => Promise<T>,
): Promise<T> {
  let suffix: string | undefined
  for (let attempts = 0; attempts < MAX_SUFFIXES; attempts += 1) {
    try {
      return await attempt(suffix)
    } catch (error) {
      if (!isCode(error, 'KEY_TAKEN', 'NAME_TAKEN')) throw error
      suffix = collisionSuffix(randomBytes)
    }
  }
  throw unavailable('No free key was found for the asset; try again.')
}
