import type { Log } from '@keepsake/shared/ports/log'

/** For tests that look at what is left in the world, not at what was said about it. */
export const silentLog: Log = { info() {}, warn() {}, error() {} }
