import { setTimeout } from 'node:timers/promises'

const PAUSE = 250

/** What `find` finds for good: nothing as soon as it finds nothing, otherwise what is left when `patience` milliseconds are over. */
export async function lasting<T>(find: () => Promise<readonly T[]>, patience: number): Promise<readonly T[]> {
  const deadline = Date.now() + patience
  for (;;) {
    const found = await find()
    if (found.length === 0 || Date.now() > deadline) return found
    await setTimeout(PAUSE)
  }
}
