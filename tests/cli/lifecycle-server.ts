import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** What stands in front of the S3 server of the tests and adds what that one lacks: the settings of a bucket. */
export interface LifecycleServer {
  readonly endpoint: string
  /** The lifecycle rules as XML, as they were put; undefined when there are none. */
  rules: string | undefined
  /** Whether the bucket keeps earlier versions. */
  keepsVersions: boolean
  close(): Promise<void>
}

const NO_RULES = '<Error><Code>NoSuchLifecycleConfiguration</Code><Message>There are none.</Message></Error>'

/** Starts it. Everything but the settings goes to the real server as it is, signature and all. */
export async function startLifecycleServer(real: string): Promise<LifecycleServer> {
  const server = createServer((req, res) => {
    answer(req, res).catch((error: unknown) => res.destroy(error instanceof Error ? error : undefined))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  const started: LifecycleServer = {
    endpoint: `http://127.0.0.1:${port}`,
    rules: undefined,
    keepsVersions: false,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { searchParams } = new URL(req.url ?? '', started.endpoint)
    if (searchParams.has('versioning')) {
      const status = started.keepsVersions ? '<Status>Enabled</Status>' : ''
      return send(res, 200, `<VersioningConfiguration>${status}</VersioningConfiguration>`)
    }
    if (!searchParams.has('lifecycle')) return passOn(req, res)
    if (req.method === 'PUT') {
      started.rules = (await buffer(req)).toString()
      return send(res, 200, '')
    }
    if (started.rules === undefined) return send(res, 404, NO_RULES)
    send(res, 200, started.rules)
  }

  function passOn(req: IncomingMessage, res: ServerResponse): void {
    const { hostname, port: realPort } = new URL(real)
    const { method = 'GET', url = '/', headers } = req
    const passed = request({ hostname, port: realPort, method, path: url, headers }, (found) => {
      res.writeHead(found.statusCode ?? 502, found.headers)
      found.pipe(res)
    })
    passed.on('error', () => res.destroy())
    req.pipe(passed)
  }

  return started
}

function send(res: ServerResponse, status: number, xml: string): void {
  res.writeHead(status, { 'Content-Type': 'application/xml', 'Content-Length': Buffer.byteLength(xml) })
  res.end(xml)
}
