import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/**
 * What a proxy does with connections. `refuse`: cuts them, and new ones at once. `stall`: takes everything and passes nothing on.
 * `loseAnswers`: passes requests on, and cuts the connection when their answer comes.
 */
export type Behaviour = 'pass' | 'refuse' | 'stall' | 'loseAnswers'

/** Stands between a client and a server of TCP, and fails as it is told. */
export class TcpProxy {
  readonly #server: Server
  readonly #target: { readonly host: string; readonly port: number }
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #behaviour: Behaviour = 'pass'
  /** Whose answers are lost: requests that hold this text. */
  #about = ''

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target
    this.#server = createServer((client) => this.#accept(client))
  }

  /** Starts one in front of `target`, on a port of its own, which lets everything pass. */
  static async start(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
    const proxy = new TcpProxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    // A server that listens on a port has such an address.
    return (this.#server.address() as AddressInfo).port
  }

  /** From now on, for connections that there are as well. Only answers to requests that hold the text `about` are lost. */
  behave(behaviour: Behaviour, about = ''): void {
    const wasStalled = this.#behaviour === 'stall'
    this.#behaviour = behaviour
    this.#about = about
    for (const pair of this.#pairs) {
      if (behaviour === 'refuse' || wasStalled) cut(pair)
      else if (behaviour === 'stall') for (const socket of pair) socket.pause()
    }
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) cut(pair)
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(client: Socket): void {
    if (this.#behaviour === 'refuse') {
      client.resetAndDestroy()
      return
    }
    const server = connect(this.#target)
    const pair = [client, server] as const
    this.#pairs.add(pair)
    for (const socket of pair) {
      socket.on('error', () => cut(pair))
      socket.on('close', () => {
        this.#pairs.delete(pair)
        cut(pair)
      })
      if (this.#behaviour === 'stall') socket.pause()
    }
    let isConcerned = false
    client.on('data', (bytes) => {
      isConcerned = bytes.includes(this.#about)
      server.write(bytes)
    })
    server.on('data', (bytes) => {
      if (this.#behaviour === 'loseAnswers' && isConcerned) cut(pair)
      else client.write(bytes)
    })
  }
}

/** By a reset, as a machine that restarts does it. */
function cut(pair: readonly [Socket, Socket]): void {
  for (const socket of pair) if (!socket.destroyed) socket.resetAndDestroy()
}
