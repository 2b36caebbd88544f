import { once } from 'node:events'
import { createServer, IncomingMessage } from 'node:http'
import { messagesOf } from '@keepsake/server/http/express-messages'
import express from 'express'

test('requests and responses are born with the prototypes that Express gives them', async () => {
  const app = express()
  const messages = messagesOf(app)
  const prototypesOf = (...objects: object[]) => objects.map((object) => Object.getPrototypeOf(object))
  const seen: object[][] = []
  app.get('/', (req, res) => {
    seen.push(prototypesOf(req, res))
    res.json({ isRequest: req instanceof IncomingMessage, isOwn: req.app === app && res.app === app, ip: req.ip })
  })
  const server = createServer(messages, (req, res) => {
    seen.push(prototypesOf(req, res))
    app(req, res)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const answer = await fetch(`http://127.0.0.1:${port}/`)
  server.close()

  expect(await answer.json()).toEqual({ isRequest: true, isOwn: true, ip: '127.0.0.1' })
  expect(seen[0]?.map((prototype, index) => prototype === seen[1]?.[index])).toEqual([true, true])
})
