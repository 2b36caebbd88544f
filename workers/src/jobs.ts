import type { Config } from '@keepsake/shared/config/config'
import { runUpkeep } from '@keepsake/shared/operations/upkeep/run-upkeep'
import type { UpkeepContext } from '@keepsake/shared/ports/context'

/** Work that comes back again and again. */
export interface Job {
  readonly name: string
  /** The variable that says when it is due, and the cron expression that it holds. */
  readonly variable: string
  readonly expression: (config: Config) => string
  /** One round; ends early, but cleanly, when the signal aborts. Answers with counts of what it did. */
  readonly run: (context: UpkeepContext, signal: AbortSignal) => Promise<Readonly<Record<string, number>>>
}

/** Everything that the worker does. */
export const JOBS: readonly Job[] = [
  {
    name: 'upkeep',
    variable: 'UPKEEP_CRON',
    expression: ({ upkeep }) => upkeep.cron,
    run: async (context, signal) => ({ ...(await runUpkeep(context, signal)) }),
  },
]
