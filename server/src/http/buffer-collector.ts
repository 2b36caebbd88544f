import v8 from 'node:v8'
import vm from 'node:vm'

/** How many bytes of one body pass between two collections. */
const INTERVAL = 4 * 1024 * 1024

/**
 * And of all bodies together. V8 collects young garbage for every 32 MiB of buffers by itself, but since version 13 (Node 24) its whole heap,
 * for every 64 MiB.
 */
const COMMON_INTERVAL = Number.parseInt(process.versions.v8, 10) < 13 ? Number.POSITIVE_INFINITY : 32 * 1024 * 1024

v8.setFlagsFromString('--expose-gc')
const collect: (options: { type: 'minor' }) => void = vm.runInNewContext('gc')

let passedInAll = 0

/**
 * Collects young garbage for every 4 MiB of a body that it is told of. V8 sees only the small heads of a body's chunks on its heap, and would
 * let 50 MiB of them pile up before it looks. A short body never comes to that: to collect while most chunks are in use costs more than
 * the upload.
 */
export function bufferCollector(): (bytes: number) => void {
  let passed = 0
  return (bytes) => {
    passed += bytes
    passedInAll += bytes
    if (passed < INTERVAL && passedInAll < COMMON_INTERVAL) return
    passed = 0
    passedInAll = 0
    collect({ type: 'minor' })
  }
}
