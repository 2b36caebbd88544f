// Compares uploads of 1 MiB with multer's own disk storage: CPU of the server process for each GiB. All servers live throughout and take
// short turns, each of which gives its space back, so that what the machine does meanwhile falls on all of them alike.
// Needs Linux and a build: `npm run build && node bench/upload.mjs [--rounds 20] [--files 256] [--warm-up 4096] [--connections 16]`.
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { freePort, startChild } from './support/child-server.mjs'
import { openConnection, requestHead } from './support/connection.mjs'
import { startKeepsake } from './support/keepsake.mjs'
import { cpuSeconds } from './support/process-usage.mjs'
import { formatSpread, interleave, spreadOf } from './support/rounds.mjs'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    files: { type: 'string', default: '256' },
    // V8 compiles what every request runs for thousands of requests, in all contenders.
    'warm-up': { type: 'string', default: '4096' },
    connections: { type: 'string', default: '16' },
  },
})
const files = Number(values.files)
const FILE_BYTES = 1024 * 1024
const TURN_GIB = (files * FILE_BYTES) / 1024 ** 3
/** Where each file says which one it is: in its last bytes. */
const MARK_OFFSET = FILE_BYTES - 8

const PHOTO = fileURLToPath(new URL('../tests/fixtures/photo.jpg', import.meta.url))
const PEER = fileURLToPath(new URL('./peers/multer-disk.mjs', import.meta.url))
/** The server sets it itself; the peer is measured with and without it. */
const FLAG = '--no-incremental-marking'

/** What its name says, a photo: one with 1 MiB of noise behind its end. */
const bytes = Buffer.concat([await readFile(PHOTO), randomBytes(FILE_BYTES)]).subarray(0, FILE_BYTES)
const contenders = [
  { name: 'keepsake, multipart', open: openKeepsake('multipart') },
  { name: 'keepsake, raw body', open: openKeepsake('raw') },
  { name: 'multer', open: openMulter([]) },
  { name: `multer ${FLAG}`, open: openMulter([FLAG]) },
]

const root = await mkdtemp(join(tmpdir(), 'keepsake-bench-'))
const servers = []
try {
  for (const { name, open } of contenders) {
    const server = await open(await mkdtemp(join(root, 'server-')))
    servers.push({ ...server, name })
  }
  for (const server of servers) {
    for (let done = 0; done < Number(values['warm-up']); done += files) await takeTurn(server)
  }
  report(await interleave(servers, Number(values.rounds), takeTurn))
} finally {
  for (const server of servers) await server.stop()
  await rm(root, { recursive: true })
}

async function takeTurn(server) {
  const before = await cpuSeconds(server.pid)
  const begun = performance.now()
  await uploadFiles(server)
  const seconds = (performance.now() - begun) / 1000
  const cpu = ((await cpuSeconds(server.pid)) - before) / TURN_GIB
  await verifyAndEmpty(server.stored)
  return { cpu, rate: files / seconds }
}

function report(results) {
  console.log('median (lowest-highest)')
  for (const { contender, figures } of results) {
    const cpu = formatSpread(spreadOf(figures, 'cpu'), 2)
    const rate = formatSpread(spreadOf(figures, 'rate'), 0)
    console.log(`${contender.name.padEnd(32)} ${cpu} s of CPU/GiB   ${rate} files/s`)
  }
  const [multipart, raw, peer, flagged] = results.map(({ figures }) => figures)
  console.log('\nCPU in the same round, median (lowest-highest)')
  for (const [name, ours] of Object.entries({ multipart, 'raw body': raw })) {
    const ratios = [peer, flagged].map((theirs) => formatSpread(spreadOf(ratiosOf(ours, theirs), 'ratio'), 2))
    console.log(`${name.padEnd(10)} ${ratios[0]} x multer, ${ratios[1]} x multer with the flag`)
  }
}

function ratiosOf(ours, theirs) {
  return ours.map(({ cpu }, round) => ({ ratio: cpu / theirs[round].cpu }))
}

/** Over all connections, one file after the other on each. */
async function uploadFiles(server) {
  let next = 0
  const work = async () => {
    const connection = await openConnection(server.port)
    const body = Buffer.from(bytes)
    while (next < files) {
      body.writeDoubleLE(next, MARK_OFFSET)
      next += 1
      const { status, body: answer } = await connection.send([server.head, body, server.tail])
      if (status !== 201) throw new Error(`An upload was answered ${status}: ${answer}`)
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: Number(values.connections) }, work))
}

/**
 * What is measured must be right: every file of the turn is stored once, byte for byte. Files are emptied and kept: for minutes after a
 * file is deleted, ext4 passes over its inode with a look at it whenever it makes a new one nearby, and the next contender would pay.
 */
async function verifyAndEmpty(folder) {
  const found = new Set()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    // Emptied ones, and the store's own marker; an upload of another length will be missing in the count.
    if ((await stat(path)).size !== FILE_BYTES) continue
    const stored = await readFile(path)
    const isWhole = stored.subarray(0, MARK_OFFSET).equals(bytes.subarray(0, MARK_OFFSET))
    if (!isWhole) throw new Error(`${entry.name} has other bytes than were sent.`)
    found.add(stored.readDoubleLE(MARK_OFFSET))
    await truncate(path)
  }
  if (found.size !== files) throw new Error(`${found.size} of ${files} files are stored.`)
}

function openKeepsake(encoding) {
  return async (folder) => {
    const server = await startKeepsake(folder)
    const headers = { Authorization: `Bearer ${server.secretKey}` }
    const path = '/asset/upload/temp'
    const request =
      encoding === 'raw'
        ? { head: requestHead('POST', `${path}?name=photo.jpg`, FILE_BYTES, headers), tail: Buffer.alloc(0) }
        : multipartRequest(path, headers)
    return { ...server, ...request, stored: join(server.dataDir, 'objects') }
  }
}

function openMulter(nodeArgs) {
  return async (folder) => {
    const port = await freePort()
    const server = await startChild([...nodeArgs, PEER, folder, String(port)], port)
    return { ...server, port, ...multipartRequest('/upload', {}), stored: folder }
  }
}

/** What stands before and behind a file of `FILE_BYTES`. */
function multipartRequest(path, headers) {
  const boundary = `----keepsake${randomBytes(12).toString('hex')}`
  const part = 'Content-Disposition: form-data; name="file"; filename="photo.jpg"\r\nContent-Type: image/jpeg'
  const before = Buffer.from(`--${boundary}\r\n${part}\r\n\r\n`)
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  const length = before.length + FILE_BYTES + tail.length
  const type = { 'Content-Type': `multipart/form-data; boundary=${boundary}` }
  return { head: Buffer.concat([requestHead('POST', path, length, { ...headers, ...type }), before]), tail }
}
