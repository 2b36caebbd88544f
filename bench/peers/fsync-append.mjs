// The least that a durable answer takes: Express reads a small JSON body, appends it to a file, and flushes that before it answers.
// It looks nothing up, checks no key, and moves no file. `node bench/peers/fsync-append.mjs <folder> <port>`
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import express from 'express'

const [folder, port] = process.argv.slice(2)
const file = await open(join(folder, 'log'), 'a')
const app = express()

app.post('/append', express.json(), async (req, res) => {
  await file.appendFile(`${JSON.stringify(req.body)}\n`)
  await file.datasync()
  res.json({ id: req.body.tempAssetId })
})

app.listen(Number(port), '127.0.0.1')
