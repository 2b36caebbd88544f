import { KeepsakeError } from './domain/errors.ts'

/** A process that has started. */
export interface Running {
  /** Ends everything that is under way; the process exits when it settles. */
  stop(): Promise<void>
  /** Milliseconds after which a stop that has not settled is given up. */
  readonly stopWithin: number
}

/** What is left to a stop beyond its own deadlines. */
const STOP_GRACE = 5_000

/**
 * Runs one process of the application: exit code 0 after SIGINT, SIGTERM, SIGHUP or the death of its parent, however often told,
 * also while it starts; exit code 1 when it cannot start, with the reasons of an expected failure as plain lines.
 */
export async function runProcess(start: () => Promise<Running>): Promise<void> {
  const stopped = untilToldToStop()
  // A start may be cut off anywhere, and one that waits for a system out of reach would take long.
  const running = await Promise.race([start().catch(failStart), stopped])
  if (!running) process.exit(0)
  tellSupervisor({ stopWithin: running.stopWithin + STOP_GRACE })
  await stopped
  setTimeout(() => process.exit(1), running.stopWithin + STOP_GRACE).unref()
  await running.stop()
  process.exit(0)
}

/** A supervisor learns that the start succeeded, and how long a stop may take. */
function tellSupervisor(message: { stopWithin: number }): void {
  if (!process.connected) return
  // One that is gone cannot be told, and needs not: its end is noticed as a disconnect.
  process.send?.(message, undefined, undefined, () => undefined)
}

function untilToldToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve())
    if (!process.channel) return
    process.on('disconnect', () => resolve())
    // The channel alone must not keep a process alive.
    process.channel.unref()
  })
}

function failStart(error: unknown): never {
  process.stderr.write(`${error instanceof KeepsakeError ? error.message : describe(error)}\n`)
  process.exit(1)
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
