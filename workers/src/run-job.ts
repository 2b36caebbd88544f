import type { UpkeepContext } from '@keepsake/shared/ports/context'
import cron from 'node-cron'
import type { Job } from './jobs.ts'

/** A job that is scheduled. */
export interface ScheduledJob {
  /** Begins no further round; settles when the one under way has finished the item in hand. */
  stop(): Promise<void>
}

/** Runs a round at once, then one whenever `expression` says; never two at a time. A round that fails is logged, the next one tries again. */
export function scheduleJob(job: Job, expression: string, context: UpkeepContext): ScheduledJob {
  const stopping = new AbortController()
  let underWay: Promise<void> | undefined

  function begin(): Promise<void> {
    underWay ??= runRound(job, context, stopping.signal).finally(() => {
      underWay = undefined
    })
    return underWay
  }

  const task = cron.schedule(expression, begin, {
    noOverlap: true,
    suppressMissedWarning: true,
    logger: schedulerLog(job, context),
  })
  void begin()

  return {
    async stop() {
      stopping.abort()
      await task.destroy()
      await underWay
    },
  }
}

/** Never rejects: whoever waits for a round wants to know that it is over. */
async function runRound(job: Job, context: UpkeepContext, signal: AbortSignal): Promise<void> {
  const began = performance.now()
  try {
    const counts = await job.run(context, signal)
    const hasActed = Object.values(counts).some((count) => count > 0)
    if (hasActed) context.log.info(`${job.name}.round`, { ...counts, ms: Math.round(performance.now() - began) })
  } catch (error) {
    context.log.error(`${job.name}.failed`, { error })
  }
}

function schedulerLog(job: Job, { log }: UpkeepContext) {
  const write = (message: string | Error) => log.warn(`${job.name}.schedule`, { message: String(message) })
  return { info: write, warn: write, error: write, debug: () => undefined }
}
