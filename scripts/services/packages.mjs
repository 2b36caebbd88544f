import { readFileSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Daemons } from './daemons.mjs'
import { startDocuments, stopDocuments } from './documents.mjs'
import { install } from './install.mjs'
import { startObjects, stopObjects } from './objects.mjs'
import { Obstacle } from './obstacle.mjs'
import { oneAtATime } from './one-at-a-time.mjs'

const FOLDER = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'keepsake-services')
const TURN_LIMIT = 20 * 60_000

/** Starts servers that need no container engine, and installs them the first time: FerretDB before DocumentDB, and versitygw. */
export async function startPackages() {
  checkMachine()
  return takingTurns(async () => {
    const { ferretdb, versitygw, debian } = await install(FOLDER)
    console.error('Starting MongoDB (FerretDB) and S3 from packages …')
    const daemons = new Daemons(join(FOLDER, 'run'))
    return {
      mongodb: `127.0.0.1:${await startDocuments(daemons, ferretdb, debian)}`,
      s3: `127.0.0.1:${await startObjects(daemons, versitygw, join(FOLDER, 's3'))}`,
    }
  })
}

/** Stops the servers and removes what they stored; what was installed stays. */
export async function stopPackages() {
  if (process.platform !== 'linux') return
  await takingTurns(async () => {
    const daemons = new Daemons(join(FOLDER, 'run'))
    await stopDocuments(daemons)
    await stopObjects(daemons)
    rmSync(join(FOLDER, 's3'), { recursive: true, force: true })
  })
}

function checkMachine() {
  if (process.platform !== 'linux' || !/^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))) {
    throw new Obstacle('this is for Debian only; on other systems start a container engine.')
  }
  if (process.getuid() !== 0) throw new Obstacle('only root can make the folder of a Debian system.')
}

/** Starts at the same time would install twice. */
function takingTurns(work) {
  return oneAtATime('keepsake-services', TURN_LIMIT, work)
}
