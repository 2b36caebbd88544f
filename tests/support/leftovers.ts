import { setTimeout as delay } from 'node:timers/promises'
import { runUpkeep } from '@keepsake/shared/operations/upkeep/run-upkeep'
import type { Service } from './service.ts'

/** How much of uploads is there. */
export interface Leftovers {
  /** Records that are not dead. */
  readonly alive: number
  /** Files that a round of upkeep leaves. */
  readonly files: number
}

export const NOTHING: Leftovers = { alive: 0, files: 0 }

/** What is there now. */
export async function leftovers({ context, files }: Pick<Service, 'context' | 'files'>): Promise<Leftovers> {
  await runUpkeep(context, AbortSignal.timeout(10_000))
  const records = await context.assets.findDue(new Date(8e15), 1000)
  return { alive: records.filter(({ state }) => state !== 'expired').length, files: (await files()).length }
}

/** What is there once whatever a broken request left behind has been taken back, or two seconds have passed. */
export async function settledLeftovers(service: Pick<Service, 'context' | 'files'>): Promise<Leftovers> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const { alive, files } = await leftovers(service)
    if (alive === 0 && files === 0) break
    await delay(20)
  }
  return leftovers(service)
}
