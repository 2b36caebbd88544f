// Compares uploads of 1 MiB with multer's own disk storage: CPU of the server process for each GiB, in interleaved rounds.
// Needs Linux and a build: `npm run build && node bench/upload.mjs [--rounds 5] [--gib 1] [--connections 16]`.
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises'
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
    rounds: { type: 'string', default: '5' },
    gib: { type: 'string', default: '1' },
    connections: { type: 'string', default: '16' },
  },
})
const connections = Number(values.connections)
const FILE_BYTES = 1024 * 1024
const files = Math.round(Number(values.gib) * 1024)
/** Enough for V8 to have compiled what every request runs: after 500 files it is still busy with that, in all contenders. */
const WARM_UP_FILES = 2048
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
try {
  report(await interleave(contenders, Number(values.rounds), measure))
} finally {
  await rm(root, { recursive: true })
}

async function measure({ name, open }) {
  const folder = await mkdtemp(join(root, 'server-'))
  try {
    const server = await open(folder)
    try {
      await uploadFiles(server, 0, WARM_UP_FILES)
      const before = await cpuSeconds(server.pid)
      const begun = performance.now()
      await uploadFiles(server, WARM_UP_FILES, files)
      const seconds = (performance.now() - begun) / 1000
      const gibs = (files * FILE_BYTES) / 1024 ** 3
      const cpu = ((await cpuSeconds(server.pid)) - before) / gibs
      await verify(server.stored, WARM_UP_FILES + files)
      console.log(`${name}: ${cpu.toFixed(2)} s of CPU/GiB, ${Math.round(files / seconds)} files/s`)
      return { cpu, rate: files / seconds }
    } finally {
      await server.stop()
    }
  } finally {
    await emptyFiles(folder)
  }
}

/**
 * Gives the space back and keeps the files: for minutes after a file is deleted, ext4 passes over its inode with a look at it whenever
 * it makes a new one nearby, and the next contender would pay for that.
 */
async function emptyFiles(folder) {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await truncate(join(entry.parentPath, entry.name))
  }
}

function report(results) {
  console.log('\nmedian (lowest-highest)')
  for (const { contender, figures } of results) {
    const cpu = formatSpread(spreadOf(figures, 'cpu'), 2)
    const rate = formatSpread(spreadOf(figures, 'rate'), 0)
    console.log(`${contender.name.padEnd(32)} ${cpu} s of CPU/GiB   ${rate} files/s`)
  }
  const [multipart, raw, peer, flagged] = results.map(({ figures }) => spreadOf(figures, 'cpu').median)
  const ratios = (ours) => `${(ours / peer).toFixed(2)} x multer, ${(ours / flagged).toFixed(2)} x multer with the flag`
  console.log(`CPU, multipart: ${ratios(multipart)}\nCPU, raw body:  ${ratios(raw)}`)
}

/** Over all connections, one file after the other on each. */
async function uploadFiles(server, first, count) {
  let next = first
  const work = async () => {
    const connection = await openConnection(server.port)
    const body = Buffer.from(bytes)
    while (next < first + count) {
      body.writeDoubleLE(next, MARK_OFFSET)
      next += 1
      const { status, body: answer } = await connection.send([server.head, body, server.tail])
      if (status !== 201) throw new Error(`An upload was answered ${status}: ${answer}`)
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: connections }, work))
}

/** What is measured must be right: every file is stored once, byte for byte. */
async function verify(folder, count) {
  const found = new Set()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const stored = await readFile(join(entry.parentPath, entry.name))
    // The store's own marker; an upload of another length will be missing in the count.
    if (stored.length !== FILE_BYTES) continue
    const isWhole = stored.subarray(0, MARK_OFFSET).equals(bytes.subarray(0, MARK_OFFSET))
    if (!isWhole) throw new Error(`${entry.name} has other bytes than were sent.`)
    found.add(stored.readDoubleLE(MARK_OFFSET))
  }
  if (found.size !== count) throw new Error(`${found.size} of ${count} files are stored.`)
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
