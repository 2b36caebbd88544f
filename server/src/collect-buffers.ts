import v8 from 'node:v8'
import vm from 'node:vm'

/** How much of new buffers is left to V8, in bytes. */
const ALLOWANCE = 4 * 1024 * 1024

/** When to look again, in milliseconds: while buffers come and go, and while they do not. */
const BUSY = 2
const QUIET = 20

/**
 * Collects young garbage as soon as the buffers of requests have grown by 4 MiB. V8 sees only their small heads on its heap and would let
 * 30 MiB of read chunks pile up before it looks; the heap of this process is small, so that a collection takes well below a millisecond.
 */
export function collectBuffers(): void {
  v8.setFlagsFromString('--expose-gc')
  const collect: (options: { type: 'minor' }) => void = vm.runInNewContext('gc')
  let lowest = Number.POSITIVE_INFINITY

  function look(): void {
    const { arrayBuffers } = process.memoryUsage()
    const isBusy = arrayBuffers !== lowest
    // What was collected is given back in the background: only a later look tells how much it was.
    lowest = Math.min(lowest, arrayBuffers)
    if (arrayBuffers - lowest >= ALLOWANCE) {
      collect({ type: 'minor' })
      lowest = arrayBuffers
    }
    setTimeout(look, isBusy ? BUSY : QUIET).unref()
  }
  look()
}
