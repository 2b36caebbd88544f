import { setTimeout } from 'node:timers/promises'
import { isBusy } from './sqlite-error.ts'

/**
 * Runs `work` as soon as no other connection is in its way, for `patience` milliseconds at most; then throws SQLite's own error.
 * It waits outside of SQLite, whose own waiting would hold up every request of the process.
 */
export async function whenFree<T>(work: () => T, patience: number): Promise<T> {
  const giveUpAt = performance.now() + patience
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() >= giveUpAt) throw error
    }
    // At random, so that processes which wait for each other do not wake up in step.
    await setTimeout(1 + Math.random() * 2)
  }
}
