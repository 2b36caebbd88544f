import { setTimeout } from 'node:timers/promises'
import { Random } from '../simulation/random.ts'
import { brokenPromises } from '../support/broken-promises.ts'
import {
  forgettableRecords,
  notDelivered,
  overdueRecords,
  PAUSES,
  stillDelivered,
  unfinished,
} from '../support/endings.ts'
import { lasting } from '../support/lasting.ts'
import { startLoad } from '../support/load.ts'
import { type Machine, startMachine, type TestProcess } from '../support/processes.ts'
import { type Fault, S3Proxy, s3ErrorBody } from '../support/s3-proxy.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const SECONDS = Number(process.env.OUTAGE_SECONDS ?? 20)
/** A failure names its seed: the same one makes clients and faults choose alike. */
const SEED = Number(process.env.OUTAGE_SEED ?? Date.now() % 1_000_000)
const DAY = 24 * 60 * 60 * 1000
const CALM = 2_000
const PATIENCE = 30_000
/** A request has several things to do, each of which may come to its own bound. */
const ANSWERED_WITHIN = 60_000
const LEAST = 10

const TEMP_TTL = 6_000
const KEYS = { secretKey: `sk_${'outage'.repeat(4)}`, publicKey: `pk_${'outage'.repeat(4)}` }
const VARIABLES = {
  ...{ KEEPSAKE_SECRET_KEY: KEYS.secretKey, KEEPSAKE_PUBLIC_KEY: KEYS.publicKey },
  ...{ TEMP_TTL: '6s', UPLOAD_TIMEOUT: '5s', IDLE_TIMEOUT: '5s', PERSIST_LEASE: '1s', UPKEEP_CRON: '* * * * * *' },
}

const S3_FAULTS: readonly Fault[] = [
  { kind: 'answer', status: 500, body: s3ErrorBody('InternalError') },
  { kind: 'answer', status: 503, body: s3ErrorBody('SlowDown') },
  { kind: 'replace', status: 200, body: s3ErrorBody('InternalError') },
  { kind: 'reset request' },
  { kind: 'reset answer' },
  { kind: 'lose answer' },
  { kind: 'stall' },
]

const LINE_FAULTS = ['refuse', 'stall', 'loseAnswers'] as const

let machine: Machine
let mongodb: TcpProxy
let s3: S3Proxy

beforeEach(async () => {
  machine = await startMachine()
})

afterEach(async () => {
  await machine.clear()
  await mongodb?.close()
  await s3?.stop()
})

test(
  `outages of the database and of S3 cost nothing that was acknowledged, and leave nothing else (seed ${SEED})`,
  async () => {
    const variables = await throughProxies(machine.site.variables)
    const run = (role: string) => machine.run(process.execPath, [`${role}/dist/main.js`], variables)
    const servers = [run('server'), run('server')]
    const workers = [run('workers'), run('workers'), run('workers')]
    const urls = await Promise.all(servers.map(urlOf))
    await Promise.all(workers.map((worker) => worker.until(/"worker\.started"/)))
    let turn = 0
    const url = async () => {
      turn += 1
      return urls[turn % urls.length] ?? ''
    }

    const load = startLoad({ ...KEYS, url, tempTtl: TEMP_TTL, patience: ANSWERED_WITHIN }, { clients: 6, seed: SEED })
    const faults = await failAtRandom(() => load.ledger.kept().length >= LEAST)
    await setTimeout(CALM)
    await load.stop()
    const { ledger } = load

    const failures = servers.flatMap(
      (server) => server.output().match(/^.*"level":"error".*"request\.failed".*$/gm) ?? [],
    )
    expect({ wrong: ledger.wrongAnswers, failures }).toEqual({ wrong: [], failures: [] })
    expect(await lasting(() => overdueRecords(machine.site), PATIENCE)).toEqual([])
    expect(await stillDelivered(await url(), ledger)).toEqual([])
    expect(await notDelivered(await url(), ledger)).toEqual([])
    // No process ended, and none needs to be started again.
    for (const each of [...servers, ...workers]) each.send('SIGTERM')
    expect(await Promise.all([...servers, ...workers].map((each) => each.end()))).toEqual([0, 0, 0, 0, 0])
    await expectKeptPromises(ledger.acknowledged(), variables)
    // It was about something.
    expect(faults).toBeGreaterThan(5)
    expect(ledger.kept().length).toBeGreaterThanOrEqual(LEAST)
    expect(ledger.inDoubt).toBeGreaterThan(0)
  },
  (SECONDS + 300) * 1000,
)

/** Puts a line that can be cut in front of both systems. */
async function throughProxies(variables: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const uri = new URL(variables.MONGODB_URI ?? '')
  mongodb = await TcpProxy.start({ host: uri.hostname, port: Number(uri.port) })
  s3 = await S3Proxy.start(variables.S3_ENDPOINT ?? '')
  uri.port = String(mongodb.port)
  return { ...variables, ...VARIABLES, MONGODB_URI: uri.href, S3_ENDPOINT: s3.endpoint }
}

async function urlOf(server: TestProcess): Promise<string> {
  return `http://127.0.0.1:${(await server.until(/"port":(\d+),.*"server\.listening"/))[1]}`
}

/** Lets one of the two systems fail, and then be well again, until the time is over and there was enough to lose; tells how often. */
async function failAtRandom(isEnough: () => boolean): Promise<number> {
  const random = new Random(SEED)
  const end = Date.now() + SECONDS * 1000
  let faults = 0
  while (Date.now() < end || (Date.now() < end + PATIENCE && !isEnough())) {
    faults += 1
    if (random.happens(0.5)) mongodb.behave(random.pick(LINE_FAULTS))
    else {
      const fault = random.pick(S3_FAULTS)
      const share = random.pick([0.2, 1])
      // With status 200 S3 says so only of what it does, never of what it gives.
      const mayConcern = (method: string) => fault.kind !== 'replace' || method === 'PUT' || method === 'POST'
      s3.rule = ({ method }) => (mayConcern(method) && random.happens(share) ? fault : undefined)
    }
    await setTimeout(50 + random.below(1_000))
    mongodb.behave('pass')
    s3.reset()
    await setTimeout(random.below(1_500))
  }
  return faults
}

/** When weeks have passed: everything that was kept is there, and nothing else is. */
async function expectKeptPromises(
  acknowledged: Parameters<typeof brokenPromises>[1],
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  let worker: TestProcess | undefined
  for (const pause of PAUSES) {
    worker?.send('SIGTERM')
    expect((await worker?.end()) ?? 0).toBe(0)
    await machine.site.letTimePass(pause)
    worker = machine.run(process.execPath, ['workers/dist/main.js'], variables)
    const left = pause < DAY ? unfinished : brokenPromises
    expect(await lasting(() => left(machine.site, acknowledged), PATIENCE)).toEqual([])
  }
  expect(await lasting(() => forgettableRecords(machine.site), PATIENCE)).toEqual([])
}
