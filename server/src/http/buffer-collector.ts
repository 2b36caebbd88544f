import v8 from 'node:v8'
import vm from 'node:vm'

/** How many bytes of one body pass between two collections. */
const INTERVAL = 4 * 1024 * 1024

v8.setFlagsFromString('--expose-gc')
const collect: (options: { type: 'minor' }) => void = vm.runInNewContext('gc')

/**
 * Collects young garbage for every 4 MiB of a body that it is told of. V8 sees only the small heads of a body's chunks on its heap, and would
 * let 50 MiB of them pile up before it looks. A short body never comes to that, and its few chunks are left to V8.
 */
export function bufferCollector(): (bytes: number) => void {
  let passed = 0
  return (bytes) => {
    passed += bytes
    if (passed < INTERVAL) return
    passed = 0
    collect({ type: 'minor' })
  }
}
