// Compares delivery with the `send` package: CPU of the server process per request, in interleaved rounds.
// Needs Linux, wrk, and a build: `npm run build && node bench/delivery.mjs [rounds] [seconds]`.
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [rounds = 5, seconds = 3] = process.argv.slice(2).map(Number)
const CONNECTIONS = 32
/** What Linux counts the time of processes in. */
const TICKS_PER_MS = 0.1

const folder = await mkdtemp(join(tmpdir(), 'keepsake-bench-'))
const children = []
try {
  const contenders = [await startKeepsake(), await startSend()]
  await compare(contenders)
} finally {
  await Promise.all(children.map(stop))
  await rm(folder, { recursive: true })
}

async function compare(contenders) {
  const small = randomBytes(10_000)
  const large = randomBytes(1024 * 1024)
  const cases = [
    { name: '10 kB', bytes: small, unchanged: false },
    { name: '304', bytes: small, unchanged: true },
    { name: '1 MiB', bytes: large, unchanged: false },
  ]
  for (const { name, bytes, unchanged } of cases) {
    const runs = []
    for (const contender of contenders) {
      const url = await contender.store(`${name.replaceAll(' ', '')}.bin`, bytes)
      const { headers } = await verify(url, bytes)
      const header = unchanged ? ['-H', `If-None-Match: ${headers.get('etag')}`] : []
      await load(url, header, 1)
      runs.push({ contender, url, header, results: [] })
    }
    for (let round = 0; round < rounds; round += 1) {
      const order = round % 2 === 0 ? runs : runs.toReversed()
      for (const { contender, url, header, results } of order) {
        const before = await cpuOf(contender.pid)
        const requests = await load(url, header, seconds)
        const cpu = (await cpuOf(contender.pid)) - before
        results.push({ cpu: cpu / requests, rate: requests / seconds })
      }
    }
    report(name, runs)
  }
}

function report(name, runs) {
  for (const { contender, results } of runs) {
    const cpu = spread(results.map((result) => result.cpu))
    const rate = spread(results.map((result) => result.rate))
    const perRequest = `${cpu.median.toFixed(3)} (${cpu.min.toFixed(3)}-${cpu.max.toFixed(3)}) ms of CPU`
    console.log(`${name.padEnd(6)} ${contender.name.padEnd(9)} ${perRequest}, ${Math.round(rate.median)} requests/s`)
  }
  const [ours, theirs] = runs.map(({ results }) => spread(results.map((result) => result.cpu)).median)
  console.log(`${name.padEnd(6)} send needs ${(theirs / ours).toFixed(2)} times the CPU`)
}

function spread(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  return { median: sorted[Math.floor(sorted.length / 2)], min: sorted[0], max: sorted.at(-1) }
}

/** What is measured must be right. */
async function verify(url, bytes) {
  const response = await fetch(url)
  const hash = (body) => createHash('sha256').update(body).digest('hex')
  if (hash(Buffer.from(await response.arrayBuffer())) !== hash(bytes)) throw new Error(`${url} gives other bytes.`)
  return response
}

/** Loads the url, and answers with the number of requests. */
async function load(url, header, duration) {
  const wrk = spawn('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${duration}s`, ...header, url])
  let output = ''
  wrk.stdout.on('data', (data) => {
    output += data
  })
  await once(wrk, 'close')
  const requests = /(\d+) requests in/.exec(output)?.[1]
  if (!requests || /Non-2xx/.test(output)) throw new Error(`wrk failed:\n${output}`)
  return Number(requests)
}

/** User and system time of a process so far, in milliseconds. */
async function cpuOf(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(user) + Number(system)) / TICKS_PER_MS
}

async function startKeepsake() {
  const port = await freePort()
  const key = `sk_${randomBytes(24).toString('hex')}`
  const base = `http://127.0.0.1:${port}`
  const env = {
    ...process.env,
    ...{ PORT: String(port), PUBLIC_URL: base, DATA_DIR: join(folder, 'data'), KEEPSAKE_SECRET_KEY: key },
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
  }
  const pid = await start(['server/dist/main.js'], env, base)
  const headers = { Authorization: `Bearer ${key}` }
  return {
    name: 'keepsake',
    pid,
    async store(name, bytes) {
      const upload = await fetch(`${base}/asset/upload/temp?name=${name}`, { method: 'POST', headers, body: bytes })
      const { tempAssetId } = await upload.json()
      const body = JSON.stringify({ tempAssetId })
      const persist = await fetch(`${base}/asset/upload/persist`, { method: 'POST', headers, body })
      return (await persist.json()).asset.url
    },
  }
}

async function startSend() {
  const port = await freePort()
  const root = join(folder, 'files')
  await mkdir(root)
  const base = `http://127.0.0.1:${port}`
  const program = `import send from 'send'; import { createServer } from 'node:http'
    createServer((req, res) => send(req, req.url, { root: ${JSON.stringify(root)} }).pipe(res)).listen(${port}, '127.0.0.1')`
  const pid = await start(['--input-type=module', '-e', program], process.env, base)
  return {
    name: 'send',
    pid,
    async store(name, bytes) {
      await writeFile(join(root, name), bytes)
      return `${base}/${name}`
    },
  }
}

async function start(args, env, url) {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  children.push(child)
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer) return child.pid
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${url} does not answer.`)
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
