import type { Settings } from '@keepsake/shared/domain/settings'
import type { UpkeepContext } from '@keepsake/shared/ports/context'
import type { Log } from '@keepsake/shared/ports/log'
import type { Random } from './random.ts'
import { SimulatedAssets } from './simulated-assets.ts'
import { SimulatedBatches } from './simulated-batches.ts'
import { SimulatedFolders } from './simulated-folders.ts'
import { SimulatedStorage } from './simulated-storage.ts'
import type { Step } from './step.ts'
import type { World } from './world.ts'

/** What one process of the simulation differs in from another. */
export interface Process {
  readonly step: Step
  /** How far its clock is off, in milliseconds. */
  readonly clock: number
  readonly log: Log
}

/** The context of a process: ports over the shared world, its own clock, the run's randomness. */
export function simulatedContext(world: World, settings: Settings, random: Random, process: Process): UpkeepContext {
  const { step, clock, log } = process
  return {
    settings,
    storage: new SimulatedStorage(world, step),
    assets: new SimulatedAssets(world, step),
    batches: new SimulatedBatches(world, step),
    folders: new SimulatedFolders(world, step),
    projects: { ensureFirst: nobodyAsks, addAccessKey: nobodyAsks, findAccessKey: nobodyAsks },
    heartbeat: {
      beat: (at) =>
        step({
          name: 'beat',
          lost: 'OUTCOME_UNKNOWN',
          effect: () => {
            world.lastBeat = at
          },
        }),
      read: nobodyAsks,
    },
    log,
    now: () => new Date(world.time + clock),
    randomBytes: random.bytes,
  }
}

async function nobodyAsks(): Promise<never> {
  throw new Error('The simulation has principals at hand and asks for no pulse.')
}
