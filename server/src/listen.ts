import type { Server } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import type { ServerConfig } from '@keepsake/shared/config/server'
import { KeepsakeError } from '@keepsake/shared/domain/errors'

/** How often connections that became idle are closed while the server drains, milliseconds. */
const IDLE_SWEEP = 100

/** What the operating system's refusals mean. */
const REFUSALS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is already in use; stop the other process or choose another PORT',
  EACCES: 'may not be used by this user; choose a PORT above 1023',
  EADDRNOTAVAIL: 'is no address of this machine; choose another BIND',
  ENOTFOUND: 'is no address of this machine; choose another BIND',
}

/** Begins to take requests; answers with the port. Throws CONFIG_INVALID when the address cannot be had. */
export function listen(server: Server, { bind, port }: ServerConfig): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(refusal(error, bind, port))
    server.once('error', fail)
    server.listen(port, bind, () => {
      server.off('error', fail)
      const address = server.address()
      resolve(address !== null && typeof address === 'object' ? address.port : port)
    })
  })
}

/** Takes requests for `drainDelay` more, lets running ones finish within `shutdownTimeout`, then cuts them. */
export async function closeServer(server: Server, { drainDelay, shutdownTimeout }: ServerConfig): Promise<void> {
  if (drainDelay > 0) await setTimeout(drainDelay)
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  // Closing ends only what is idle at that moment; a connection that becomes idle later would hold the exit.
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP)
  const cut = new AbortController()
  await Promise.race([closed, setTimeout(shutdownTimeout, undefined, { signal: cut.signal })])
  cut.abort()
  clearInterval(sweep)
  server.closeAllConnections()
  await closed
}

function refusal(error: NodeJS.ErrnoException, bind: string, port: number): Error {
  const meaning = REFUSALS[error.code ?? '']
  if (!meaning) return error
  return new KeepsakeError('CONFIG_INVALID', `The address ${bind} with PORT ${port} ${meaning}.`, { cause: error })
}
