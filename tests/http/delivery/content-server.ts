import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { sendProblem } from '@keepsake/server/http/problem'
import { type SendOptions, sendContent } from '@keepsake/server/http/send-content'
import type { Asset, Content } from '@keepsake/shared/domain/asset'
import type { Delivery } from '@keepsake/shared/operations/assets/deliver-asset'
import type { Log } from '@keepsake/shared/ports/log'
import type { OpenObject } from '@keepsake/shared/ports/storage'

const STORED_AT = new Date('2024-01-15T10:30:00.500Z')

/** A delivery of `bytes` whose object is opened by `open`. */
export function deliveryOf(bytes: Uint8Array, open: Delivery['open']): Delivery {
  const content: Content = {
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    type: 'application/octet-stream',
    utf8: false,
    storedAt: STORED_AT,
  }
  const asset: Asset & { readonly content: Content } = {
    id: 'a'.repeat(24),
    version: 1,
    projectId: 'b'.repeat(24),
    userId: 'c'.repeat(24),
    state: 'persisted',
    keys: [],
    incoming: [],
    garbage: [],
    marks: [],
    retired: [],
    flags: [],
    failures: 0,
    name: 'file.bin',
    createdAt: STORED_AT,
    updatedAt: STORED_AT,
    content,
  }
  return { asset, open }
}

/** A server that sends one delivery, whatever is asked, and remembers what it opened and logged. */
export async function contentServer(delivery: Delivery, options: Partial<SendOptions> = {}) {
  const bodies: Readable[] = []
  const errors: unknown[] = []
  const log: Log = { info() {}, warn() {}, error: (_event, data) => void errors.push(data?.error) }
  const watched: Delivery = {
    asset: delivery.asset,
    open: async (range): Promise<OpenObject> => {
      const object = await delivery.open(range)
      if (object.body instanceof Readable) bodies.push(object.body)
      return object
    },
  }
  const settings: SendOptions = { headers: {}, idleTimeout: 10_000, log, ...options }
  const server = createServer((req, res) => {
    sendContent(req, res, watched, settings).catch((error: unknown) => sendProblem(req, res, error, { log }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    errors,
    /** How many streams were opened so far. */
    openedCount: () => bodies.length,
    /** How many of them still hold their descriptor. */
    heldCount: () => bodies.filter((body) => !body.closed).length,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A connection that says `request` and reads nothing until it is told to. */
export async function rawClient(port: number, request: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.pause()
  socket.write(request)
  return socket
}

/** All that a connection says until it is closed. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.resume()
  if (!socket.closed) await once(socket, 'close')
  return Buffer.concat(chunks)
}

/** Waits for what becomes true by itself. */
export async function until(condition: () => boolean): Promise<void> {
  const giveUp = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > giveUp) throw new Error('It did not come to be within 10 s.')
    await sleep(5)
  }
}
