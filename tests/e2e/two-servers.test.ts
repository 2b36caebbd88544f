import { readdir, readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { brokenPromises } from '../support/broken-promises.ts'
import { lasting } from '../support/lasting.ts'
import { hashOf } from '../support/outside.ts'
import { type Machine, startMachine, type TestProcess } from '../support/processes.ts'
import { type Answer, assetOf, call, formOf } from '../support/wire.ts'

const PATIENCE = 20_000
const VARIABLES = { TEMP_TTL: '4s', PERSIST_LEASE: '1s', UPKEEP_CRON: '* * * * * *', MIN_FREE_BYTES: '0' }
const FILES = 24

let machine: Machine
let servers: TestProcess[]
let services: { readonly url: string }[]
let secretKey: string
let publicKey: string

/** Two servers and three workers that start together in an empty folder. */
beforeAll(async () => {
  machine = await startMachine()
  const run = (role: string) => machine.run(process.execPath, [`${role}/dist/main.js`], VARIABLES)
  servers = [run('server'), run('server')]
  const workers = [run('workers'), run('workers'), run('workers')]
  const ready = await Promise.all(servers.map((server) => server.until(/"port":(\d+),.*"server\.listening"/)))
  await Promise.all(workers.map((worker) => worker.until(/"worker\.started"/)))

  services = ready.map(([, port]) => ({ url: `http://127.0.0.1:${port}` }))
  const keys = await readFile(`${machine.dataDir}/keys.env`, 'utf8')
  secretKey = /SECRET_KEY=(\S+)/.exec(keys)?.[1] ?? ''
  publicKey = /PUBLIC_KEY=(\S+)/.exec(keys)?.[1] ?? ''
}, 60_000)

afterAll(() => machine.clear())

/** The server that is next in turn. */
function serviceOf(turn: number): { readonly url: string } {
  const service = services[turn % services.length]
  if (!service) throw new Error('No server runs.')
  return service
}

async function upload(turn: number, content: string) {
  const outgoing = { key: publicKey, body: formOf(content, 'same.txt') }
  const answer = await call(serviceOf(turn), 'POST', '/asset/upload/temp', outgoing)
  const { expiresAt } = assetOf(answer)
  return { tempId: String(answer.body.tempAssetId), deadline: Date.parse(String(expiresAt)), sha256: hashOf(content) }
}

function persist(turn: number, tempAssetId: string): Promise<Answer> {
  const body = JSON.stringify({ tempAssetId })
  return call(serviceOf(turn), 'POST', '/asset/upload/persist', { key: secretKey, body })
}

test('have one pair of keys, shown by one of them, and a key works on both', async () => {
  const answers = await Promise.all(services.map((service) => call(service, 'GET', '/health', { key: secretKey })))

  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  expect(servers.filter((server) => server.output().includes(secretKey))).toHaveLength(1)
  expect((await readdir(machine.dataDir)).filter((name) => name.startsWith('keys.'))).toEqual(['keys.env'])
})

test('make one asset of a hundred persists of one id', async () => {
  const { tempId, sha256 } = await upload(0, 'asked for a hundred times')

  const answers = await Promise.all(Array.from({ length: 100 }, (_, turn) => persist(turn, tempId)))

  expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200))
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  const [key] = answers.map((answer) => String(assetOf(answer).key))
  // The temporary object is gone as well, once a worker has come by.
  const foreign = async () => (await machine.site.read()).objects.filter((object) => object.key !== '.keepsake')
  await lasting(async () => (await foreign()).slice(1), PATIENCE)
  expect(await foreign()).toEqual([{ key, sha256 }])
})

test('agree on each asset that is persisted while it expires: kept for good, or gone for all', async () => {
  const before = await machine.site.read()
  const files = await Promise.all(Array.from({ length: FILES }, (_, turn) => upload(turn, `file ${turn}`)))

  // Each is asked for four times at once, on both servers: the first well in time, the last too late, most of them at the deadline.
  const outcomes = await Promise.all(
    files.map(async (file, index) => {
      const offset = (index - FILES / 2) ** 3 / 2
      await setTimeout(file.deadline + offset - Date.now())
      const answers = await Promise.all([0, 1, 2, 3].map((turn) => persist(turn, file.tempId)))
      return { ...file, answers: [...answers, await persist(index, file.tempId)] }
    }),
  )

  const kept = outcomes.flatMap(({ tempId, sha256, answers }) => {
    const success = answers.find(({ status }) => status === 200)
    return success ? [{ tempId, sha256, key: String(assetOf(success).key) }] : []
  })
  for (const { answers } of outcomes) expect(new Set(answers.map(({ status }) => status)).size).toBe(1)
  expect(kept.length).toBeGreaterThan(0)
  expect(kept.length).toBeLessThan(FILES)
  const isKept = (tempId: string) => kept.some((file) => file.tempId === tempId)
  const acknowledged = {
    kept,
    over: files.map(({ tempId }) => tempId).filter((tempId) => !isKept(tempId)),
    asked: [...before.records, ...files].flatMap(({ tempId }) => tempId ?? []),
    batches: [],
  }
  expect(await lasting(() => brokenPromises(machine.site, acknowledged), PATIENCE)).toEqual([])
})
