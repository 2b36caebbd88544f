import { closeSync, fsync, open } from 'node:fs'
import { promisify } from 'node:util'

const openFolder = promisify(open)
const flush = promisify(fsync)

/** Makes the names in a folder durable, with one flush for all who wait for the same folder. */
export class FolderSync {
  readonly #running = new Map<string, Promise<void>>()
  readonly #waiting = new Map<string, Promise<void>>()

  /** Resolves when every change of `folder` made before the call is durable. */
  sync(folder: string): Promise<void> {
    const waiting = this.#waiting.get(folder)
    if (waiting) return waiting
    const turn = this.#takeTurn(folder)
    this.#waiting.set(folder, turn)
    return turn
  }

  async #takeTurn(folder: string): Promise<void> {
    // A flush that has begun may have missed our change: it is waited for, not joined. Its failure is told to its own callers.
    await Promise.allSettled([this.#running.get(folder)])
    this.#waiting.delete(folder)
    const flushing = flushFolder(folder)
    this.#running.set(folder, flushing)
    try {
      await flushing
    } finally {
      if (this.#running.get(folder) === flushing) this.#running.delete(folder)
    }
  }
}

/** Makes the names in `folder` durable. */
export async function flushFolder(folder: string): Promise<void> {
  // Opened anew each time: a descriptor that is kept would go on flushing a folder that was unmounted or replaced.
  const descriptor = await openFolder(folder, 'r')
  try {
    await flush(descriptor)
  } finally {
    // Nothing was written through it, so that no disk is waited for: it costs less here than the way to another thread.
    closeSync(descriptor)
  }
}
