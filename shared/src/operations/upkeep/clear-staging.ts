import { uploadDeadline } from '../../domain/transition-parts.ts'
import type { UpkeepContext } from '../../ports/context.ts'

/** Removes what uploads that can no longer be under way left in staging. Answers how much; a failure is logged, the next round tries again. */
export async function clearStaging(context: UpkeepContext): Promise<number> {
  const now = context.now()
  const lifetime = uploadDeadline(now, context.settings).getTime() - now.getTime()
  try {
    return await context.storage.clearStaging(new Date(now.getTime() - lifetime))
  } catch (error) {
    context.log.error('upkeep.staging_failed', { error })
    return 0
  }
}
