import {
  Agent,
  type ClientRequest,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

/** A request on its way to S3. */
export interface ProxiedRequest {
  readonly method: string
  /** Bucket and key, as they are escaped in the address. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
}

/**
 * What goes wrong with a request:
 * - `answer`: S3 is not asked, this is answered in its place, after the whole request was read.
 * - `refuse`: the same at once, while the request is still being sent.
 * - `replace`: S3 does the work, but this is answered.
 * - `lose answer`: S3 does the work, then the connection breaks.
 * - `reset request`: the connection breaks when half of the request's body has passed.
 * - `reset answer`: the connection breaks when half of the answer's body has passed.
 * - `stall`: nothing is passed on or answered.
 * - `stall answer`: half of the answer's body passes, then nothing more.
 */
export type Fault =
  | { readonly kind: 'answer' | 'refuse' | 'replace'; readonly status: number; readonly body?: string }
  | { readonly kind: 'lose answer' | 'reset request' | 'reset answer' | 'stall' | 'stall answer' }

/** Decides what goes wrong with a request; undefined: nothing. */
export type FaultRule = (request: ProxiedRequest) => Fault | undefined

/** How S3 says that something went wrong. */
export function s3ErrorBody(code: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>On purpose.</Message></Error>\n`
}

/** Stands in front of an S3 server and lets requests go wrong. Headers pass unchanged, so signatures stay valid. */
export class S3Proxy {
  /** Everything that was asked for, in order. */
  readonly requests: ProxiedRequest[] = []
  /** What goes wrong from now on. */
  rule: FaultRule = () => undefined
  readonly #target: URL
  readonly #server: Server
  // A connection each: the server may have hung up on one that was kept.
  readonly #agent = new Agent({ keepAlive: false })
  readonly #sockets = new Set<Socket>()

  /** Listens on a free port of this machine, and passes requests on to the server at `target`. */
  static async start(target: string): Promise<S3Proxy> {
    const proxy = new S3Proxy(new URL(target))
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  constructor(target: URL) {
    this.#target = target
    this.#server = createServer((req, res) => this.#handle(req, res))
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  /** Where a client finds S3. */
  get endpoint(): string {
    // The server has a port since `start`.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Connections that clients have open. */
  get connections(): number {
    return this.#sockets.size
  }

  /** Lets the first `times` requests that `matches` go wrong, the later ones pass. */
  fail(times: number, fault: Fault, matches: (request: ProxiedRequest) => boolean = () => true): void {
    let left = times
    this.rule = (request) => (matches(request) && left-- > 0 ? fault : undefined)
  }

  /** Waits, for five seconds at most, until clients have no connection open; tells how many they have. */
  async settle(): Promise<number> {
    const until = Date.now() + 5_000
    while (this.connections > 0 && Date.now() < until) await sleep(5)
    return this.connections
  }

  /** Lets everything pass, and forgets what was asked for. */
  reset(): void {
    this.rule = () => undefined
    this.requests.length = 0
  }

  /** Breaks all connections and stops listening. */
  async stop(): Promise<void> {
    this.#agent.destroy()
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #handle(req: IncomingMessage, res: ServerResponse): void {
    req.on('error', () => undefined)
    res.on('error', () => undefined)
    const [path = '', query = ''] = (req.url ?? '').split('?')
    const request = { method: req.method ?? '', path, query: new URLSearchParams(query), headers: req.headers }
    this.requests.push(request)
    const fault = this.rule(request)
    if (fault?.kind === 'stall') req.resume()
    else if (fault?.kind === 'refuse') answer(res, fault)
    else if (fault?.kind === 'answer') req.resume().on('end', () => answer(res, fault))
    else this.#pass(req, res, fault)
  }

  #pass(req: IncomingMessage, res: ServerResponse, fault: Fault | undefined): void {
    const { hostname, port } = this.#target
    const about = { method: req.method, path: req.url, headers: req.headers }
    const upstream = httpRequest({ host: hostname, port, agent: this.#agent, ...about }, (reply) => {
      passAnswer(reply, res, fault).catch(() => req.socket.destroy())
    })
    upstream.on('error', () => req.socket.destroy())
    req.on('close', () => {
      if (!req.complete) upstream.destroy()
    })
    if (fault?.kind === 'reset request') passHalf(req, upstream)
    else req.pipe(upstream)
  }
}

function answer(res: ServerResponse, { status, body = '' }: { readonly status: number; readonly body?: string }): void {
  res.writeHead(status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) }).end(body)
}

async function passAnswer(reply: IncomingMessage, res: ServerResponse, fault: Fault | undefined): Promise<void> {
  if (fault === undefined || fault.kind === 'reset request') {
    res.writeHead(reply.statusCode ?? 502, reply.headers)
    reply.pipe(res)
    reply.on('error', () => res.destroy())
    return
  }
  const body = await buffer(reply)
  if (fault.kind === 'replace') {
    answer(res, fault)
    return
  }
  if (fault.kind === 'lose answer') {
    res.socket?.resetAndDestroy()
    return
  }
  res.writeHead(reply.statusCode ?? 502, reply.headers)
  res.write(body.subarray(0, Math.floor(body.length / 2)), () => {
    if (fault.kind === 'reset answer') res.socket?.resetAndDestroy()
  })
}

function passHalf(req: IncomingMessage, upstream: ClientRequest): void {
  const length = req.headers['x-amz-decoded-content-length'] ?? req.headers['content-length']
  let left = Math.floor(Number(length ?? 0) / 2)
  req.on('data', (chunk: Buffer) => {
    const passed = chunk.subarray(0, left)
    left -= passed.length
    upstream.write(passed, () => {
      if (left > 0) return
      upstream.destroy()
      req.socket.resetAndDestroy()
    })
  })
}
