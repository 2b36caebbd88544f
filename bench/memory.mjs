// Resident memory of the server beyond its level after a first small upload: one upload of 5 GiB, its delivery, and 100 of 20 MiB at once.
// Needs Linux, 20 GiB of disk and a build: `npm run build && node bench/memory.mjs`.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { get, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { startKeepsake } from './support/keepsake.mjs'

const MIB = 1024 * 1024
const LIMITS = { 'upload of 5 GiB': 24, 'delivery of 5 GiB': 24, '100 uploads of 20 MiB at once': 150 }
const chunk = Buffer.alloc(MIB, 7)

const folder = await mkdtemp(join(tmpdir(), 'keepsake-bench-'))
const server = await startKeepsake(folder, { env: { MAX_UPLOAD_BYTES: '6gb' } })
let peak = 0
const watch = setInterval(async () => {
  peak = Math.max(peak, await residentMib())
}, 50)

try {
  await upload(1)
  await setTimeout(500)
  const level = await residentMib()
  console.log(`level after a first upload of 1 MiB: ${level.toFixed(0)} MiB`)

  let asset = ''
  await report('upload of 5 GiB', level, async () => {
    asset = await upload(5 * 1024)
  })
  const url = await persist(asset)
  await report('delivery of 5 GiB', level, () => download(url))
  await report('100 uploads of 20 MiB at once', level, () => Promise.all(Array.from({ length: 100 }, () => upload(20))))
} finally {
  clearInterval(watch)
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}

async function report(name, level, work) {
  peak = 0
  await work()
  console.log(`${name}: at most ${(peak - level).toFixed(1)} MiB more (goal: ${LIMITS[name]})`)
}

async function residentMib() {
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

/** Sends so many MiB without holding them; answers with the temporary id. */
async function upload(mib) {
  const { promise, resolve, reject } = deferred()
  const headers = { Authorization: `Bearer ${server.secretKey}`, 'Content-Length': mib * MIB }
  const sending = request(`${server.base}/asset/upload/temp?name=a.bin`, { method: 'POST', agent: false, headers })
  sending.on('error', reject).on('response', async (response) => {
    const text = await new Response(response).text()
    if (response.statusCode === 201) resolve(JSON.parse(text).tempAssetId)
    else reject(new Error(`${response.statusCode} ${text}`))
  })
  let left = mib
  const send = () => {
    for (; left > 0; left -= 1) {
      if (!sending.write(chunk)) {
        left -= 1
        return sending.once('drain', send)
      }
    }
    sending.end()
  }
  send()
  return promise
}

async function persist(tempAssetId) {
  const response = await fetch(`${server.base}/asset/upload/persist`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${server.secretKey}` },
    body: JSON.stringify({ tempAssetId }),
  })
  return (await response.json()).asset.url
}

function download(url) {
  const { promise, resolve, reject } = deferred()
  get(url, (response) => {
    let bytes = 0
    response.on('data', (data) => {
      bytes += data.length
    })
    response.on('end', () => (bytes === 5 * 1024 * MIB ? resolve() : reject(new Error(`${bytes} bytes arrived.`))))
  }).on('error', reject)
  return promise
}

function deferred() {
  const parts = {}
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }))
  return parts
}
