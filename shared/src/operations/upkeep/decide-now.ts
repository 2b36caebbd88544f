import type { UpkeepContext } from '../../ports/context.ts'

/** Clocks that are further apart than this deserve a warning, milliseconds. */
export const TOLERANCE = 2 * 60 * 1000

/** The worker's now: the earlier of its own clock and the database's, so that one clock that is fast never expires anything. */
export async function decideNow({ assets, now, log }: UpkeepContext): Promise<Date> {
  const own = now()
  const database = await assets.now()
  const apart = Math.abs(own.getTime() - database.getTime())
  if (apart > TOLERANCE) log.warn('upkeep.clocks_apart', { own, database, seconds: Math.round(apart / 1000) })
  return new Date(Math.min(own.getTime(), database.getTime()))
}
