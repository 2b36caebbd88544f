// A client that costs next to nothing: what it needs, the server it measures does not get.
import { once } from 'node:events'
import { connect } from 'node:net'

const END_OF_HEAD = '\r\n\r\n'

/** Opens a connection that is kept alive. One request at a time. */
export async function openConnection(port) {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  await once(socket, 'connect')
  return new Connection(socket)
}

class Connection {
  #socket
  #received = Buffer.alloc(0)
  #waiting

  constructor(socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#take(chunk))
    socket.on('error', (error) => this.#waiting?.reject(error))
    socket.on('close', () => this.#waiting?.reject(new Error('The server closed the connection.')))
  }

  /** Sends the parts of a request as they are; answers with the status and the body of what comes back. */
  send(parts) {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.cork()
      for (const part of parts) this.#socket.write(part)
      this.#socket.uncork()
    })
  }

  close() {
    this.#waiting = undefined
    this.#socket.destroy()
  }

  #take(chunk) {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const headEnd = this.#received.indexOf(END_OF_HEAD)
    if (headEnd < 0) return
    const head = this.#received.toString('latin1', 0, headEnd)
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1])
    const end = headEnd + END_OF_HEAD.length + length
    if (Number.isNaN(length)) return this.#waiting?.reject(new Error(`An answer without a length:\n${head}`))
    if (this.#received.length < end) return
    const body = this.#received.toString('utf8', headEnd + END_OF_HEAD.length, end)
    const { resolve } = this.#waiting
    this.#waiting = undefined
    this.#received = this.#received.subarray(end)
    resolve({ status: Number(head.slice(9, 12)), body })
  }
}

/** The head of a request with a body of `length` bytes. */
export function requestHead(method, path, length, headers = {}) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines.join('')}Content-Length: ${length}\r\n\r\n`,
  )
}
