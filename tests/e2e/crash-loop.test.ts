import { existsSync } from 'node:fs'
import { readdir, readlink } from 'node:fs/promises'
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
import { type Machine, startMachine } from '../support/processes.ts'
import { Restartable } from '../support/restartable.ts'

const SECONDS = Number(process.env.CRASH_LOOP_SECONDS ?? 8)
/** A failure names its seed: the same one makes clients and kills choose alike. */
const SEED = Number(process.env.CRASH_LOOP_SEED ?? Date.now() % 1_000_000)
const DAY = 24 * 60 * 60 * 1000
const CLIENTS = 8
/** The end of the load, without a kill: long enough for a leak to show. */
const CALM = 2_000
const PATIENCE = 20_000
/** Files that must have been kept, so that a run is about something; a busy machine gets that much longer for them. */
const LEAST = 10
const LONGER = 30_000

const TEMP_TTL = 3_000
const KEYS = { secretKey: `sk_${'crash'.repeat(6)}`, publicKey: `pk_${'crash'.repeat(6)}` }
const VARIABLES = {
  ...{ KEEPSAKE_SECRET_KEY: KEYS.secretKey, KEEPSAKE_PUBLIC_KEY: KEYS.publicKey, MIN_FREE_BYTES: '0' },
  ...{ TEMP_TTL: '3s', UPLOAD_TIMEOUT: '2s', IDLE_TIMEOUT: '2s', PERSIST_LEASE: '1s', UPKEEP_CRON: '* * * * * *' },
  SHUTDOWN_TIMEOUT: '3s',
}

let machine: Machine

beforeEach(async () => {
  machine = await startMachine()
})

afterEach(() => machine.clear())

test(
  `loses nothing that was acknowledged and leaves nothing else, whatever is killed whenever (seed ${SEED})`,
  async () => {
    const servers = [1, 2].map(() => restartable('server', /"port":(\d+),.*"server\.listening"/))
    const workers = [1, 2, 3].map(() => restartable('workers', /"worker\.started"/))
    const all = [...servers, ...workers]
    for (const each of all) each.start()
    let turn = 0
    const url = async () => {
      turn += 1
      return urlOf(servers[turn % servers.length])
    }
    await Promise.all(servers.map(urlOf))

    const load = startLoad({ ...KEYS, url, tempTtl: TEMP_TTL, patience: 15_000 }, { clients: CLIENTS, seed: SEED })
    const kills = await crashAtRandom(servers, workers, () => load.ledger.kept().length >= LEAST)
    await setTimeout(CALM)
    await load.stop()
    const { ledger } = load

    expect(ledger.wrongAnswers).toEqual([])
    expect(await lasting(() => overdueRecords(machine.site), PATIENCE)).toEqual([])
    expect(await lasting(() => openObjects(all), PATIENCE)).toEqual([])
    expect(await stillDelivered(await url(), ledger)).toEqual([])
    for (const pause of PAUSES) {
      expect(await Promise.all(all.map((each) => each.stop()))).toEqual(all.map(() => 0))
      await machine.site.letTimePass(pause)
      for (const each of all) each.start()
      const left = pause < DAY ? unfinished : brokenPromises
      expect(await lasting(() => left(machine.site, ledger.acknowledged()), PATIENCE)).toEqual([])
    }
    expect(await lasting(() => forgettableRecords(machine.site), PATIENCE)).toEqual([])
    expect(await notDelivered(await url(), ledger)).toEqual([])
    expect(all.flatMap((each) => each.output().match(/^.*"level":"(error|fatal)".*$/gm) ?? [])).toEqual([])
    // It was about something.
    expect(kills).toBeGreaterThan(2)
    expect(ledger.kept().length).toBeGreaterThanOrEqual(LEAST)
    expect(ledger.ended().length).toBeGreaterThan(0)
    expect(ledger.batches.length).toBeGreaterThan(0)
  },
  (SECONDS + 180) * 1000,
)

async function urlOf(server: Restartable | undefined): Promise<string> {
  return `http://127.0.0.1:${(await server?.ready())?.[1]}`
}

function restartable(role: 'server' | 'workers', started: RegExp): Restartable {
  return new Restartable(() => machine.run(process.execPath, [`${role}/dist/main.js`], VARIABLES), started)
}

/** Kills processes and starts them again until the time is over and there was enough to lose; tells how many it killed. */
async function crashAtRandom(
  servers: readonly Restartable[],
  workers: readonly Restartable[],
  isEnough: () => boolean,
): Promise<number> {
  const random = new Random(SEED)
  const end = Date.now() + SECONDS * 1000
  let kills = 0
  while (Date.now() < end || (Date.now() < end + LONGER && !isEnough())) {
    await setTimeout(100 + random.below(600))
    const [server, worker] = [random.pick(servers), random.pick(workers)]
    const victims = random.pick([[server], [worker], [server, worker], servers])
    await Promise.all(victims.map((victim) => victim.crash()))
    kills += victims.length
    for (const victim of victims) victim.start()
    // Some are killed while they are starting.
    if (random.happens(0.8)) await server.ready()
  }
  await Promise.all([...servers, ...workers].map((each) => each.ready()))
  return kills
}

/** Objects, staging files and folders of objects that a process holds open. Known where there is /proc. */
async function openObjects(processes: readonly Restartable[]): Promise<string[]> {
  if (!existsSync('/proc/self/fd')) return []
  const folders = processes.map(({ pid }) => `/proc/${pid}/fd`)
  const targets = folders.map(async (folder) =>
    // Some descriptors go while they are listed.
    Promise.all((await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => ''))),
  )
  return (await Promise.all(targets)).flat().filter((target) => target.startsWith(`${machine.dataDir}/objects`))
}
