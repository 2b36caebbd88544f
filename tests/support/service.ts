import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { type App, createApp } from '@keepsake/server/app'
import type { Settings } from '@keepsake/shared/domain/settings'
import type { Context, UpkeepContext } from '@keepsake/shared/ports/context'
import { type LoggedLine, recordingLog } from './recording-log.ts'
import { openStore, type Store } from './store.ts'
import { accessKeyOf, twoProjects } from './two-projects.ts'

/** What is different from the defaults. */
export interface ServiceOptions {
  readonly settings?: Partial<Settings>
  readonly corsOrigins?: 'any' | readonly string[]
  readonly trustProxy?: readonly string[]
  /** Of the assets API; as many as they like when it is absent. */
  readonly requestsPerMinute?: number
  /** What the server gets in place of the real context: a wrapper that makes something fail. */
  readonly wrap?: (context: UpkeepContext) => Context
}

/** The plain keys of a project. */
export interface Keys {
  readonly secretKey: string
  readonly publicKey: string
}

/** The real server on a real store, listening on a port of its own. */
export interface Service extends App, Keys, Omit<Store, 'reopen'> {
  readonly url: string
  readonly port: number
  /** Keys of another project of the same installation. */
  readonly stranger: Keys
  /** What the server has logged, in order. */
  readonly logged: readonly LoggedLine[]
}

const running = new Set<Service>()

afterAll(async () => {
  for (const service of running) await service.close()
})

/** Starts a service. What a test does not close is closed after the last one of its file. */
export async function service(options: ServiceOptions = {}): Promise<Service> {
  const { settings = {}, corsOrigins = 'any', trustProxy = [], requestsPerMinute = 0, wrap } = options
  // The urls in answers name the port, so it is taken before anything else.
  const listener = await listen()
  const port = portOf(listener)
  const url = `http://127.0.0.1:${port}`
  const store = await openStore({ publicUrl: url, cdnBaseUrl: `${url}/cdn`, ...settings })
  const [own, stranger] = [newKeys(), newKeys()]
  const { log, lines } = recordingLog()
  const context = { ...store.context, log, projects: await projectsOf(store, own, stranger) }
  const { server, drain } = createApp(wrap ? wrap(context) : context, {
    server: { corsOrigins, trustProxy },
    limits: { assetsApiRequestsPerMinute: requestsPerMinute },
  })
  await new Promise<void>((resolve) => server.listen(listener, () => resolve()))

  const started: Service = {
    ...store,
    ...own,
    ...{ context, url, port, stranger, server, drain, logged: lines },
    async close() {
      if (!running.delete(started)) return
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      await store.close()
    },
  }
  running.add(started)
  return started
}

async function listen(): Promise<Server> {
  const listener = createServer()
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  return listener
}

function portOf(listener: Server): number {
  const address = listener.address()
  if (typeof address !== 'object' || address === null) throw new Error('The listener has no port.')
  return address.port
}

function newKeys(): Keys {
  const random = randomBytes(24).toString('hex')
  return { secretKey: `sk_${random}`, publicKey: `pk_${random}` }
}

async function projectsOf({ context, owner }: Store, own: Keys, stranger: Keys) {
  for (const key of Object.values(own)) await context.projects.addAccessKey(accessKeyOf(key, owner.project))
  const other = { ...owner.project, id: 'c'.repeat(24), ownerId: 'd'.repeat(24) }
  const keys = Object.values(stranger).map((key) => accessKeyOf(key, other))
  return twoProjects(context.projects, other, keys)
}
