// Measures persists over HTTP beside an Express route that flushes one appended line: rate, CPU, the slowest 1 %, and how late timers are.
// Needs Linux and a build: `npm run build && node bench/persist.mjs [--rounds 5] [--persists 5000] [--connections 16]`.
import { mkdtemp, rm } from 'node:fs/promises'
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
    persists: { type: 'string', default: '5000' },
    connections: { type: 'string', default: '16' },
  },
})
const persists = Number(values.persists)
const connections = Number(values.connections)
const WARM_UP = 1000

const PEER = fileURLToPath(new URL('./peers/fsync-append.mjs', import.meta.url))
const LAG = ['--import', new URL('./support/loop-lag.mjs', import.meta.url).href]
const FIGURES = [
  { name: 'rate', unit: 'requests/s', digits: 0 },
  { name: 'cpu', unit: 'ms of CPU each', digits: 3 },
  { name: 'slowest', unit: 'ms the slowest 1 %', digits: 1 },
  { name: 'lag', unit: 'ms timers are late, 99 %', digits: 1 },
]

const results = await interleave([openKeepsake, openPeer], Number(values.rounds), measure)
console.log('median (lowest-highest)')
for (const { contender, figures } of results) {
  const columns = FIGURES.map(({ name, unit, digits }) => `${formatSpread(spreadOf(figures, name), digits)} ${unit}`)
  console.log(`${contender === openKeepsake ? 'persist' : 'flushed append'}: ${columns.join(', ')}`)
}

async function measure(open) {
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-bench-'))
  try {
    const server = await open(folder)
    try {
      await sendAll(server, server.ids.slice(0, WARM_UP))
      server.child.send('forget lag')
      const before = await cpuSeconds(server.pid)
      const begun = performance.now()
      const latencies = await sendAll(server, server.ids.slice(WARM_UP))
      const seconds = (performance.now() - begun) / 1000
      const cpu = (((await cpuSeconds(server.pid)) - before) * 1000) / persists
      const slowest = latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)]
      return { rate: persists / seconds, cpu, slowest, lag: await lagOf(server.child) }
    } finally {
      await server.stop()
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A server with enough uploads that wait to be persisted. */
async function openKeepsake(folder) {
  const server = await startKeepsake(folder, { nodeArgs: LAG })
  const headers = { Authorization: `Bearer ${server.secretKey}` }
  const content = Buffer.from('A small file.')
  const ids = []
  await overConnections(server.port, WARM_UP + persists, async (connection, index) => {
    const head = requestHead('POST', `/asset/upload/temp?name=file-${index}.txt`, content.length, headers)
    const { status, body } = await connection.send([head, content])
    if (status !== 201) throw new Error(`An upload was answered ${status}: ${body}`)
    ids[index] = JSON.parse(body).tempAssetId
  })
  return { ...server, ids, path: '/asset/upload/persist', headers }
}

async function openPeer(folder) {
  const port = await freePort()
  const server = await startChild([...LAG, PEER, folder, String(port)], port)
  const ids = Array.from({ length: WARM_UP + persists }, (_, index) => `temp_${String(index).padStart(22, '0')}`)
  return { ...server, port, ids, path: '/append', headers: {} }
}

/** Answers with the milliseconds that each request took. */
async function sendAll({ port, path, headers }, ids) {
  const latencies = []
  await overConnections(port, ids.length, async (connection, index) => {
    const content = Buffer.from(JSON.stringify({ tempAssetId: ids[index] }))
    const head = requestHead('POST', path, content.length, { ...headers, 'Content-Type': 'application/json' })
    const begun = performance.now()
    const { status, body } = await connection.send([head, content])
    latencies.push(performance.now() - begun)
    if (status !== 200) throw new Error(`A request was answered ${status}: ${body}`)
  })
  return latencies
}

/** Calls `work` with every number below `count`, one after the other on each connection. */
async function overConnections(port, count, work) {
  let next = 0
  const workers = Array.from({ length: connections }, async () => {
    const connection = await openConnection(port)
    while (next < count) {
      const index = next
      next += 1
      await work(connection, index)
    }
    connection.close()
  })
  await Promise.all(workers)
}

/** Milliseconds that the process's timers were late by, but for the latest 1 %. */
function lagOf(child) {
  return new Promise((resolve) => {
    child.on('message', (message) => {
      if (message.lag !== undefined) resolve(message.lag)
    })
    child.send('tell lag')
  })
}
