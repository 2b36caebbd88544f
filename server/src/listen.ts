import type { Server } from 'node:http'
import type { Socket } from 'node:net'
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

/** How long the handlers of requests that were cut have to clean up behind themselves, milliseconds. */
const CLEANUP_TIME = 500

/** A server that takes requests. */
export interface Listening {
  readonly port: number
  /** Takes requests for `drainDelay` more, lets running ones finish within `shutdownTimeout`, then cuts them. */
  close(): Promise<void>
}

/** Begins to take requests. Throws CONFIG_INVALID when the address cannot be had. */
export async function listen(server: Server, config: ServerConfig): Promise<Listening> {
  const silent = silentConnections(server)
  const port = await bindServer(server, config)
  return { port, close: () => closeServer(server, config, silent) }
}

function bindServer(server: Server, { bind, port }: ServerConfig): Promise<number> {
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

/** The connections on which nothing has arrived: browsers open them ahead, and node counts them as busy. */
function silentConnections(server: Server): () => Socket[] {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return () => [...sockets].filter(({ bytesRead }) => bytesRead === 0)
}

async function closeServer(
  server: Server,
  { drainDelay, shutdownTimeout }: ServerConfig,
  silent: () => Socket[],
): Promise<void> {
  if (drainDelay > 0) await setTimeout(drainDelay)
  const closed = new Promise<true>((resolve) => server.close(() => resolve(true)))
  for (const socket of silent()) socket.destroy()
  // Closing ends only what is idle at that moment; a connection that becomes idle later would hold the exit.
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP)
  const cut = new AbortController()
  const isClosed = await Promise.race([closed, setTimeout(shutdownTimeout, false, { signal: cut.signal })])
  cut.abort()
  clearInterval(sweep)
  if (isClosed) return
  server.closeAllConnections()
  await closed
  await setTimeout(CLEANUP_TIME)
}

function refusal(error: NodeJS.ErrnoException, bind: string, port: number): Error {
  const meaning = REFUSALS[error.code ?? '']
  if (!meaning) return error
  return new KeepsakeError('CONFIG_INVALID', `The address ${bind} with PORT ${port} ${meaning}.`, { cause: error })
}
