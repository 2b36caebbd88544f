import { countRounds } from '@keepsake/shared/operations/inspect/count-rounds'
import { inspectWorker } from '@keepsake/shared/operations/inspect/inspect-worker'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** A Wednesday, in this machine's time. */
const NOON = new Date(2026, 10, 25, 12, 0, 30)

const ago = (duration: number) => new Date(NOON.getTime() - duration)

describe('the rounds that a cron expression begins', () => {
  test.each([
    ['* * * * *', HOUR, 60],
    ['*/5 * * * *', HOUR, 12],
    ['*/15 * * * * *', HOUR, 60],
    ['0 3 * * *', 3 * DAY, 3],
    ['0 3 * * 3', 14 * DAY, 2],
    ['0 3 * * wed', 14 * DAY, 2],
    ['0 3 * * Sunday', 14 * DAY, 2],
    ['0 3 * * 7', 14 * DAY, 2],
    ['0 3 1 * *', 62 * DAY, 2],
    ['0 3 * jan,feb *', 366 * DAY, 59],
    ['0,30 9-10 * * 1-5', 7 * DAY, 20],
    ['10-59/10 * * * *', HOUR, 5],
    ['0 0 L * *', 366 * DAY, 0],
    ['0 0 * * 5#3', 366 * DAY, 0],
  ])('%s within %d ms are %d', (cron, duration, rounds) => {
    expect(countRounds(cron, ago(duration), NOON, 1000)).toBe(rounds)
  })
})

describe('the worker', () => {
  test.each([
    ['a minute ago', '* * * * *', MINUTE, 'good'],
    ['within the grace', '* * * * *', 5 * MINUTE, 'good'],
    ['long ago', '* * * * *', 7 * MINUTE, 'problem'],
    ['yesterday, as it should be', '0 3 * * *', DAY, 'good'],
    ['four days ago, once a day', '0 3 * * *', 4 * DAY, 'problem'],
    ['in the future, by a clock that is ahead', '* * * * *', -HOUR, 'good'],
  ])('whose last round was %s', (_, cron, age, level) => {
    expect(inspectWorker({ lastRunAt: ago(age), due: 0, late: 0, garbage: 0 }, cron, NOON)).toMatchObject({ level })
  })
})
