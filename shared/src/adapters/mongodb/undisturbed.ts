import { setTimeout } from 'node:timers/promises'
import { wasUndone } from './mongo-error.ts'

const ATTEMPTS = 5
const LONGEST_PAUSE = 50

/** Does `work`; again when the server undid it in favour of another operation. */
export async function undisturbed<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (!wasUndone(error) || attempt === ATTEMPTS) throw error
    }
    // At random, so that operations which undo each other do not meet again.
    await setTimeout(Math.random() * LONGEST_PAUSE * attempt)
  }
}
