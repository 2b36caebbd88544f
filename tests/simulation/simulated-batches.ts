import type { Batch, BatchState } from '@keepsake/shared/domain/batch'
import type { BatchRepository, BatchUpkeep } from '@keepsake/shared/ports/batch-repository'
import { compare } from './simulated-assets.ts'
import type { Step } from './step.ts'
import type { World } from './world.ts'

/** Records of batches in memory, each call one step. */
export class SimulatedBatches implements BatchRepository, BatchUpkeep {
  readonly #world: World
  readonly #step: Step

  constructor(world: World, step: Step) {
    this.#world = world
    this.#step = step
  }

  async insert(batch: Batch): Promise<void> {
    await this.#step({
      name: 'insert batch',
      about: () => describe(batch),
      lost: 'OUTCOME_UNKNOWN',
      effect: () => {
        if (!this.#world.batches.has(batch.id)) this.#world.batches.set(batch.id, batch)
      },
    })
  }

  async find(id: string): Promise<Batch | undefined> {
    return this.#step({ name: 'find batch', about: () => id, effect: () => this.#world.batches.get(id) })
  }

  async replace(batch: Batch, from: BatchState): Promise<boolean> {
    return this.#step({
      name: 'replace batch',
      about: () => `${from} → ${describe(batch)}`,
      lost: 'OUTCOME_UNKNOWN',
      effect: () => {
        if (this.#world.batches.get(batch.id)?.state !== from) return false
        this.#world.batches.set(batch.id, batch)
        return true
      },
    })
  }

  async findDue(now: Date, limit: number, after?: Pick<Batch, 'id' | 'dueAt'>): Promise<Batch[]> {
    const effect = () =>
      [...this.#world.batches.values()]
        .filter(({ dueAt }) => dueAt <= now)
        .filter(({ id, dueAt }) => !after || compare(dueAt, id, after.dueAt, after.id) > 0)
        .sort((a, b) => compare(a.dueAt, a.id, b.dueAt, b.id))
        .slice(0, limit)
    return this.#step({ name: 'findDue batches', effect })
  }

  async forget(id: string): Promise<void> {
    await this.#step({
      name: 'forget batch',
      about: () => id,
      lost: 'OUTCOME_UNKNOWN',
      effect: () => {
        const state = this.#world.batches.get(id)?.state
        if (state === 'done' || state === 'aborted') this.#world.batches.delete(id)
      },
    })
  }
}

function describe({ id, state, members }: Batch): string {
  return `${id.slice(0, 4)} ${state} of ${members.map((member) => member.slice(0, 4)).join(' ')}`
}
