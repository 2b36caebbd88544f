import type { UpkeepContext } from '@keepsake/shared/ports/context'
import cron from 'node-cron'
import type { Job } from './jobs.ts'

/** A job that is scheduled. */
export interface ScheduledJob {
  /** Begins no further round; settles when the one under way has finished the item in hand. */
  stop(): Promise<void>
}

/** How long a round that failed waits for its repetition, in milliseconds: at first, doubled each time, at most. */
const BACKOFF = { first: 1_000, most: 60_000 }

/**
 * Runs a round at once, then one whenever `expression` says; never two at a time. A round that fails is logged and repeated after a
 * time that grows with every failure in a row; meanwhile the schedule does not count.
 */
export function scheduleJob(job: Job, expression: string, context: UpkeepContext): ScheduledJob {
  const stopping = new AbortController()
  let underWay: Promise<void> | undefined
  let failures = 0
  let retry: NodeJS.Timeout | undefined

  function begin(): Promise<void> {
    underWay ??= run().finally(() => {
      underWay = undefined
    })
    return underWay
  }

  async function run(): Promise<void> {
    const hasSucceeded = await runRound(job, context, stopping.signal)
    failures = hasSucceeded ? 0 : failures + 1
    if (hasSucceeded || stopping.signal.aborted) return
    retry = setTimeout(beginAgain, Math.min(BACKOFF.first * 2 ** (failures - 1), BACKOFF.most))
  }

  function beginAgain(): void {
    retry = undefined
    void begin()
  }

  const task = cron.schedule(expression, () => (retry ? undefined : begin()), {
    noOverlap: true,
    suppressMissedWarning: true,
    logger: schedulerLog(job, context),
  })
  void begin()

  return {
    async stop() {
      stopping.abort()
      clearTimeout(retry)
      await task.destroy()
      await underWay
    },
  }
}

/** Tells whether the round came to its end. Never rejects: whoever waits for it wants to know that it is over. */
async function runRound(job: Job, context: UpkeepContext, signal: AbortSignal): Promise<boolean> {
  const began = performance.now()
  try {
    const counts = await job.run(context, signal)
    const hasActed = Object.values(counts).some((count) => count > 0)
    if (hasActed) context.log.info(`${job.name}.round`, { ...counts, ms: Math.round(performance.now() - began) })
    return true
  } catch (error) {
    context.log.error(`${job.name}.failed`, { error })
    return false
  }
}

function schedulerLog(job: Job, { log }: UpkeepContext) {
  const write = (message: string | Error) => log.warn(`${job.name}.schedule`, { message: String(message) })
  return { info: write, warn: write, error: write, debug: () => undefined }
}
