import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import v8 from 'node:v8'
import vm from 'node:vm'
import { receiveMultipart } from '@keepsake/server/http/receive-multipart'
import { watchBody } from '@keepsake/server/http/watch-body'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import express from 'express'

const refusal = new KeepsakeError('TYPE_NOT_ALLOWED', 'Not that.')

/** Sends a file in a form to a server that receives it with `take`, and answers with what came of it. */
async function sendFile(take: (file: Readable) => Promise<unknown>): Promise<unknown> {
  const app = express()
  app.post('/', async (req, res) => {
    const watch = watchBody(req, { total: 10_000, idle: 10_000 })
    const received = receiveMultipart(req, res, {
      watch,
      maxBodyBytes: 1_000_000,
      tooLong: () => refusal,
      take: (_name, file) => take(file),
    })
    res.json(await received.catch(({ code }: KeepsakeError) => ({ code })))
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
  return answer.json()
}

test('a file whose reader refuses it, when the whole request is there, is refused for that reason', async () => {
  const outcome = await sendFile(async (file) => {
    await delay(50)
    file.destroy(refusal)
    await delay(50)
    throw refusal
  })

  expect(outcome).toEqual({ code: 'TYPE_NOT_ALLOWED' })
})

test('the functions that a file is given are among the young objects of V8, so that they go with their upload', async () => {
  v8.setFlagsFromString('--allow-natives-syntax')
  const isYoung: (value: unknown) => boolean = vm.runInNewContext('(value) => %InYoungGeneration(value)')
  // Compiles it, too.
  expect(isYoung({})).toBe(true)
  v8.setFlagsFromString('--no-allow-natives-syntax')

  const look = async (file: Readable) => {
    await delay(0)
    const own = Object.values(file).filter((value) => typeof value === 'function')
    file.resume()
    return { count: own.length, young: own.filter(isYoung).length }
  }
  const outcomes = [await sendFile(look), await sendFile(look), await sendFile(look)]

  // One may have grown old when V8 collects its whole heap in between.
  expect(outcomes).toContainEqual({ count: 1, young: 1 })
})
