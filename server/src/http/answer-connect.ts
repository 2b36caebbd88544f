import { type IncomingMessage, type Server, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

/** Lets `handle` answer CONNECT as any other method: without a listener the connection is closed without a word. */
export function answerConnect(server: Server, handle: (req: IncomingMessage, res: ServerResponse) => void): void {
  server.on('connect', (req, socket) => {
    // Nobody else listens any more, and an error without a listener ends the process.
    socket.on('error', () => socket.destroy())
    if (!(socket instanceof Socket)) {
      socket.destroy()
      return
    }
    const res = new ServerResponse(req)
    res.assignSocket(socket)
    res.setHeader('Connection', 'close')
    res.once('finish', () => socket.end())
    handle(req, res)
  })
}
