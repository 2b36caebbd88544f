import { connect, type Socket } from 'node:net'
import type { Service } from './service.ts'

/** A client that says exactly what it is told, whether or not it is HTTP. */
export interface RawClient {
  readonly socket: Socket
  send(data: string | Uint8Array): void
  /** Everything that came back, once the server has closed the connection. */
  readonly closed: Promise<string>
  /** What came back, once `pattern` is found in it. */
  until(pattern: RegExp): Promise<string>
}

/** Connects to the service. */
export async function rawClient({ port }: Pick<Service, 'port'>): Promise<RawClient> {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  // A reset is one of the ways in which a server closes a connection.
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
  })
  await new Promise((resolve) => socket.once('connect', resolve))
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(received)))
  return {
    socket,
    closed,
    send: (data) => socket.write(data),
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (pattern.test(received)) resolve(received)
        }
        socket.on('data', look)
        socket.once('close', () => reject(new Error(`The connection was closed before ${pattern}: ${received}`)))
        look()
      }),
  }
}

/** The head of an upload request, without its body. */
export function uploadHead({ publicKey }: Pick<Service, 'publicKey'>, ...headers: string[]): string {
  const lines = [
    'POST /asset/upload/temp HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${publicKey}`,
    ...headers,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** A piece of a chunked body. */
export function chunk(data: string): string {
  return `${Buffer.byteLength(data).toString(16)}\r\n${data}\r\n`
}

export const BOUNDARY = 'X-BOUNDARY'
export const FORM = `Content-Type: multipart/form-data; boundary=${BOUNDARY}`

/** A part with a file, its content open at the end. */
export function filePart(name: string, content = '', field = 'file'): string {
  const disposition = `Content-Disposition: form-data; name="${field}"; filename="${name}"`
  return `--${BOUNDARY}\r\n${disposition}\r\nContent-Type: application/octet-stream\r\n\r\n${content}`
}

/** A whole form with one file. */
export function wholeForm(name: string, content: string): string {
  return `${filePart(name, content)}\r\n--${BOUNDARY}--\r\n`
}
