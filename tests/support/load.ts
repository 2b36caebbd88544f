import { createCipheriv } from 'node:crypto'
import { Ledger } from './ledger.ts'
import { LoadClient } from './load-client.ts'
import type { Target } from './load-request.ts'

/** Several clients at work. */
export interface Load {
  /** What they know. */
  readonly ledger: Ledger
  /** Settles when every client has had its last answer; fails when one could not go on. */
  stop(): Promise<void>
}

const POOL_BYTES = 1024 * 1024

/** Starts clients that upload, persist, drop and delete at random. */
export function startLoad(target: Target, { clients, seed }: { clients: number; seed: number }): Load {
  const ledger = new Ledger()
  const stopping = new AbortController()
  const pool = noise(seed)
  const running = Array.from({ length: clients }, (_, index) =>
    new LoadClient(target, ledger, seed * clients + index, pool).run(stopping.signal),
  )
  // Told by `stop`; until then a failure is nobody's.
  const ended = Promise.allSettled(running)

  return {
    ledger,
    async stop() {
      stopping.abort()
      await ended
      await Promise.all(running)
    },
  }
}

/** Bytes that look random and are the same for the same seed. */
function noise(seed: number): Buffer {
  const key = Buffer.alloc(16)
  key.writeInt32BE(seed | 0)
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(POOL_BYTES))
}
