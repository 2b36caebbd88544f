import { execFile, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Images may have to be pulled and built. */
const COMMAND_LIMIT = 15 * 60_000
const PATIENCE = 90_000
const NAME = 'keepsake-compose-test'

/** The compose file of this checkout, up and running beside whatever else runs on this machine. */
export interface Stack {
  readonly url: string
  /** What must not be seen anywhere: the accounts of MongoDB and S3. */
  readonly passwords: readonly string[]
  /** Runs a command of Compose to its end and answers with what it printed. */
  compose(...args: readonly string[]): Promise<string>
  /** Runs a line of shell in the only container of a service. */
  inside(service: string, line: string): Promise<string>
  /** One of Docker's facts about each container of a service, in the words of `docker inspect --format`. */
  inspect(service: string, format: string): Promise<readonly string[]>
  /** Everything that the containers of the services, or of all, have written. */
  logs(...services: readonly string[]): Promise<string>
  /** Removes containers, volumes and the image. */
  close(): Promise<void>
}

/** Why no stack can be opened here; undefined when one can. */
export function findObstacle(): string | undefined {
  const engine = spawnSync('docker', ['version'], { timeout: 10_000, stdio: 'ignore' })
  if (engine.status !== 0) return 'no Docker engine answers'
  const compose = spawnSync('docker', ['compose', 'version'], { timeout: 10_000, stdio: 'ignore' })
  return compose.status === 0 ? undefined : 'Docker has no Compose'
}

/** Builds the image and starts everything. `variables` are what a user may set; nothing else of this environment counts. */
export async function openStack(variables: Readonly<Record<string, string>>): Promise<Stack> {
  const port = await freePort()
  const passwords = [randomBytes(12).toString('hex'), randomBytes(12).toString('hex')] as const
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    ...(process.env.DOCKER_HOST && { DOCKER_HOST: process.env.DOCKER_HOST }),
    KEEPSAKE_IMAGE: NAME,
    PORT: String(port),
    MONGO_PASSWORD: passwords[0],
    S3_SECRET_KEY: passwords[1],
    ...variables,
  }
  const docker = (...args: readonly string[]) => run('docker', args, env)
  // A file .env of the checkout is its owner's.
  const compose = (...args: readonly string[]) =>
    docker('compose', '--project-name', NAME, '--env-file', '/dev/null', ...args)

  // A run that was killed may have left something.
  await compose('down', '--volumes')
  await compose('up', '--build', '--detach')
  return {
    url: `http://localhost:${port}`,
    passwords,
    compose,
    inside: (service, line) => compose('exec', '-T', service, 'sh', '-c', line),
    async inspect(service, format) {
      const ids = await compose('ps', '--all', '--quiet', service)
      return lines(await docker('inspect', '--format', format, ...lines(ids)))
    },
    logs: (...services) => compose('logs', '--no-color', '--no-log-prefix', ...services),
    async close() {
      await compose('down', '--volumes')
      await docker('image', 'rm', NAME)
    },
  }
}

/** Asks again and again until `question` answers with true; fails when that does not happen in time. */
export async function eventually(question: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE
  while (!(await question())) {
    if (Date.now() > deadline) throw new Error('It does not happen.')
    await setTimeout(250)
  }
}

/** The lines of a text, without empty ones. */
export function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd: ROOT, env, timeout: COMMAND_LIMIT, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${[command, ...args].join(' ')} failed:\n${stderr}`, { cause: error }))
      else resolve(stdout.trim())
    })
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('The system gives no port.')
  return address.port
}
