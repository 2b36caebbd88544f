// Files of a folder by the `send` package on plain `node:http`, without a router. It reads no record and logs nothing.
// `node bench/peers/send-files.mjs <folder> <port>`
import { createServer } from 'node:http'
import send from 'send'

const [root, port] = process.argv.slice(2)

createServer((req, res) => {
  send(req, req.url, { root }).pipe(res)
}).listen(Number(port), '127.0.0.1')
