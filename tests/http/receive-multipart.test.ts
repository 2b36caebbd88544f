import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { receiveMultipart } from '@keepsake/server/http/receive-multipart'
import { watchBody } from '@keepsake/server/http/watch-body'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import express from 'express'

test('a file whose reader refuses it, when the whole request is there, is refused for that reason', async () => {
  const refusal = new KeepsakeError('TYPE_NOT_ALLOWED', 'Not that.')
  const app = express()
  app.post('/', async (req, res) => {
    const watch = watchBody(req, { total: 10_000, idle: 10_000 })
    const received = receiveMultipart(req, res, {
      watch,
      maxBodyBytes: 1_000_000,
      tooLong: () => refusal,
      async take(_name, file) {
        await delay(50)
        file.destroy(refusal)
        await delay(50)
        throw refusal
      },
    })
    res.json({ code: await received.catch((error: KeepsakeError) => error.code) })
    watch.stop()
  })
  const server = createServer(app)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const form = new FormData()
  form.append('file', new Blob(['x'.repeat(10_000)]), 'a.txt')
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: form })
  server.close()

  expect(await answer.json()).toEqual({ code: 'TYPE_NOT_ALLOWED' })
})
