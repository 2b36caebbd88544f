import { setTimeout } from 'node:timers/promises'
import { compose } from '@keepsake/shared/compose'
import { type Config, readConfig } from '@keepsake/shared/config/config'
import { silenceSdk } from '@keepsake/shared/config/env-file'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import { type Running, runProcess } from '@keepsake/shared/run-process'
import cron from 'node-cron'
import { JOBS, type Job } from './jobs.ts'
import { scheduleJob } from './run-job.ts'

/** Requests that wait for the embedded database go first. */
const COMMIT_PAUSE = 5

silenceSdk()

await runProcess(startWorker)

async function startWorker(): Promise<Running> {
  const config = readConfig()
  checkSchedules(config, JOBS)
  const { context, close } = await compose(config, { commitPause: COMMIT_PAUSE })
  const jobs = JOBS.map((job) => scheduleJob(job, job.expression(config), context))
  context.log.info('worker.started', { jobs: JOBS.map(({ name }) => name), dataDir: config.dataDir })

  const stopWithin = config.server.shutdownTimeout
  return {
    stopWithin,
    async stop() {
      context.log.info('worker.stopping')
      const finished = Promise.all(jobs.map((job) => job.stop()))
      // A round may be cut anywhere: the next one takes up what it left.
      await Promise.race([finished, setTimeout(stopWithin)])
      await close()
    },
  }
}

/** The configuration knows the shape of a cron expression; only the scheduler knows whether it means anything. */
function checkSchedules(config: Config, jobs: readonly Job[]): void {
  const problems = jobs
    .map(({ variable, expression }) => ({ variable, text: expression(config) }))
    .filter(({ text }) => !cron.validate(text))
    .map(({ variable, text }) => `${variable} must be a valid cron expression, not ${JSON.stringify(text)}.`)
  if (problems.length > 0) throw new KeepsakeError('CONFIG_INVALID', problems.join('\n'))
}
