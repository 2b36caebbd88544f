import type { Actor } from './actors.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

const DAY = 24 * 60 * 60 * 1000

/**
 * A moment ahead at which somebody would act differently: a date of a record or a batch as one of the clocks sees it, a millisecond
 * before, at it or after; now and then a day later.
 */
export function interestingTime(world: World, actors: readonly Actor[], random: Random): number | undefined {
  const dates = [...assetDates(world), ...[...world.batches.values()].map(({ dueAt }) => dueAt)]
  if (dates.length === 0) return undefined
  const clock = random.pick([0, world.databaseClock, ...actors.map((actor) => actor.clock)])
  const patience = random.happens(0.15) ? random.pick([DAY, 5 * DAY]) : 0
  const time = random.pick(dates).getTime() - clock + random.pick([-1, 0, 1]) + patience
  return time > world.time ? time : undefined
}

function assetDates(world: World): Date[] {
  return [...world.assets.values()].flatMap(
    ({ deadline, leaseUntil, claimedAt, forgetAt, retryAt, garbage, dueAt }) => [
      ...garbage.map(({ after }) => after),
      ...[deadline, leaseUntil, forgetAt, retryAt, dueAt].filter((date) => date !== undefined),
      ...(claimedAt ? [new Date(claimedAt.getTime() + DAY)] : []),
    ],
  )
}
