// Compares delivery with the `send` package: CPU of the server process for each request, in interleaved rounds.
// Needs Linux, wrk, and a build: `npm run build && node bench/delivery.mjs [--rounds 5] [--seconds 3]`.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { freePort, startChild } from './support/child-server.mjs'
import { startKeepsake, storeAsset } from './support/keepsake.mjs'
import { cpuSeconds } from './support/process-usage.mjs'
import { formatSpread, interleave, spreadOf } from './support/rounds.mjs'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '3' } },
})
const CONNECTIONS = 32
const WARM_UP_SECONDS = 2
const PEER = fileURLToPath(new URL('./peers/send-files.mjs', import.meta.url))

const small = randomBytes(10_000)
const CASES = [
  { name: '10 kB', bytes: small },
  { name: '304', bytes: small, unchanged: true },
  { name: '1 MiB', bytes: randomBytes(1024 * 1024) },
]

const folder = await mkdtemp(join(tmpdir(), 'keepsake-bench-'))
const contenders = []
try {
  contenders.push(await openKeepsake('keepsake', {}))
  contenders.push(await openKeepsake('keepsake, no log', { LOG_LEVEL: 'warn' }))
  contenders.push(await openSend())
  for (const one of CASES) report(one, await compare(one))
} finally {
  await Promise.all(contenders.map((contender) => contender.stop()))
  await rm(folder, { recursive: true })
}

async function compare({ name, bytes, unchanged }) {
  const targets = []
  for (const contender of contenders) {
    const url = await contender.store(`${name.replaceAll(' ', '')}.bin`, bytes)
    const etag = await verify(url, bytes)
    const target = { ...contender, url, header: unchanged ? ['-H', `If-None-Match: ${etag}`] : [] }
    await load(target, WARM_UP_SECONDS)
    targets.push(target)
  }
  return interleave(targets, Number(values.rounds), async (target) => {
    const before = await cpuSeconds(target.pid)
    const requests = await load(target, Number(values.seconds))
    const cpu = (await cpuSeconds(target.pid)) - before
    return { cpu: (cpu * 1000) / requests, rate: requests / Number(values.seconds) }
  })
}

function report({ name }, results) {
  const theirs = spreadOf(results.at(-1).figures, 'cpu').median
  for (const { contender, figures } of results) {
    const cpu = spreadOf(figures, 'cpu')
    const rate = formatSpread(spreadOf(figures, 'rate'), 0)
    const ratio = (cpu.median / theirs).toFixed(2)
    console.log(
      `${name.padEnd(6)} ${contender.name.padEnd(17)} ${formatSpread(cpu, 3)} ms of CPU, ${ratio} x send, ${rate}/s`,
    )
  }
}

/** What is measured must be right. Answers with the entity tag. */
async function verify(url, bytes) {
  const response = await fetch(url)
  if (!Buffer.from(await response.arrayBuffer()).equals(bytes)) throw new Error(`${url} gives other bytes.`)
  return response.headers.get('etag')
}

/** Loads the url, and answers with the number of requests. */
async function load({ url, header }, seconds) {
  const wrk = spawn('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, ...header, url])
  let output = ''
  wrk.stdout.on('data', (data) => {
    output += data
  })
  await once(wrk, 'close')
  const requests = /(\d+) requests in/.exec(output)?.[1]
  if (!requests || /Non-2xx|Socket errors/.test(output)) throw new Error(`wrk failed:\n${output}`)
  return Number(requests)
}

async function openKeepsake(name, env) {
  const server = await startKeepsake(await mkdtemp(join(folder, 'data-')), { env })
  return { ...server, name, store: async (file, bytes) => (await storeAsset(server, file, bytes)).url }
}

async function openSend() {
  const port = await freePort()
  const root = await mkdtemp(join(folder, 'files-'))
  const server = await startChild([PEER, root, String(port)], port)
  const store = async (file, bytes) => {
    await writeFile(join(root, file), bytes)
    return `http://127.0.0.1:${port}/${file}`
  }
  return { ...server, name: 'send', store }
}
