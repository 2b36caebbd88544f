import type { Job } from '@keepsake/workers/jobs'
import { type ScheduledJob, scheduleJob } from '@keepsake/workers/run-job'
import { recordingLog } from '../support/recording-log.ts'
import { openStore, type Store } from '../support/store.ts'

const EVERY_SECOND = '* * * * * *'
const NEVER = '0 0 29 2 *'

describe('a scheduled job', () => {
  let store: Store
  let scheduled: ScheduledJob | undefined

  beforeEach(async () => {
    store = await openStore()
  })

  afterEach(async () => {
    await scheduled?.stop()
    await store.close()
  })

  function schedule(run: Job['run'], expression: string) {
    const { log, lines } = recordingLog()
    const job: Job = { name: 'test', variable: 'TEST_CRON', expression: () => expression, run }
    scheduled = scheduleJob(job, expression, { ...store.context, log })
    return { lines, job: scheduled }
  }

  test('runs at once, without waiting for its time', async () => {
    const ran = deferred<void>()

    schedule(async () => {
      ran.resolve()
      return {}
    }, NEVER)

    await ran.promise
  })

  test('runs again after a round that failed, which is logged', async () => {
    const second = deferred<void>()
    let rounds = 0

    const { lines } = schedule(async () => {
      rounds += 1
      if (rounds === 1) throw new Error('The database is away.')
      second.resolve()
      return { attended: 3 }
    }, EVERY_SECOND)
    await second.promise
    await scheduled?.stop()

    expect(lines.map(({ event }) => event)).toEqual(['test.failed', 'test.round'])
    expect(lines[1]).toMatchObject({ data: { attended: 3 } })
  })

  test('waits longer after each failure in a row, whatever the schedule says, and no longer than needed', async () => {
    const enough = deferred<void>()
    const began: number[] = []

    const { lines } = schedule(async () => {
      began.push(performance.now())
      if (began.length < 4) throw new Error('The database is away.')
      enough.resolve()
      return {}
    }, EVERY_SECOND)
    await enough.promise

    const waits = began.slice(1).map((time, index) => Math.round((time - (began[index] ?? 0)) / 1000))
    expect(waits).toEqual([1, 2, 4])
    expect(lines.map(({ event }) => event)).toEqual(['test.failed', 'test.failed', 'test.failed'])
  })

  test('never runs twice at a time', async () => {
    const enough = deferred<void>()
    let atOnce = 0
    let most = 0
    let rounds = 0

    schedule(async (_context, signal) => {
      atOnce += 1
      most = Math.max(most, atOnce)
      rounds += 1
      if (rounds === 2) enough.resolve()
      // Longer than the schedule's interval.
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 1_200))
      atOnce -= 1
      return {}
    }, EVERY_SECOND)
    await enough.promise

    expect(most).toBe(1)
  })

  test('says nothing of a round that had nothing to do', async () => {
    const { lines, job } = schedule(async () => ({ attended: 0, failed: 0 }), NEVER)

    await job.stop()

    expect(lines).toEqual([])
  })

  test('is told to stop, and its stop waits for the round in hand', async () => {
    const begun = deferred<AbortSignal>()
    const release = deferred<void>()
    const { job } = schedule(async (_context, signal) => {
      begun.resolve(signal)
      await release.promise
      return {}
    }, NEVER)
    const signal = await begun.promise
    let isOver = false

    const stopped = job.stop().then(() => {
      isOver = true
    })
    await new Promise((resolve) => setImmediate(resolve))

    expect(signal.aborted).toBe(true)
    expect(isOver).toBe(false)
    release.resolve()
    await stopped
  })
})

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
