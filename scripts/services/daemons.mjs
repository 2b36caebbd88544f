import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Obstacle } from './obstacle.mjs'
import { lastLines } from './run-command.mjs'

const START_LIMIT = 30_000
const STOP_LIMIT = 10_000

/**
 * Servers that go on running when this process has ended. A daemon is `{ name, executable }`: the file that runs tells it from another
 * process that was given the same id later.
 */
export class Daemons {
  /** `folder` keeps process ids, ports and logs. */
  constructor(folder) {
    this.folder = folder
  }

  /** The port on which the daemon listens; undefined when it does not run. */
  async portOf({ name, executable }) {
    const state = this.#stateOf(name)
    if (state.executable !== executable || !isRunning(state)) return undefined
    await this.#untilListening(name, state)
    return state.port
  }

  /** Starts the daemon on a free port, which `commandOf` is given, and answers with it when the daemon listens. */
  async start({ name, executable }, commandOf, env = {}) {
    const port = await freePort()
    mkdirSync(this.folder, { recursive: true })
    const log = openSync(this.#path(name, 'log'), 'w')
    const [command, ...args] = commandOf(port)
    const options = { env: { ...process.env, ...env }, detached: true, stdio: ['ignore', log, log] }
    const child = spawn(command, args, options)
    closeSync(log)
    await once(child, 'spawn')
    child.unref()
    const state = { pid: child.pid, port, executable }
    writeFileSync(this.#path(name, 'json'), JSON.stringify(state))
    await this.#untilListening(name, state)
    return port
  }

  /** Ends the daemon of that name if it runs. */
  async stop(name) {
    const state = this.#stateOf(name)
    const deadline = Date.now() + STOP_LIMIT
    if (isRunning(state)) process.kill(state.pid, 'SIGINT')
    while (isRunning(state)) {
      if (Date.now() > deadline) process.kill(state.pid, 'SIGKILL')
      await setTimeout(50)
    }
    rmSync(this.#path(name, 'json'), { force: true })
  }

  async #untilListening(name, { pid, port }) {
    const deadline = Date.now() + START_LIMIT
    while (!(await isListening(port))) {
      if (Date.now() > deadline || !exists(pid)) {
        await this.stop(name)
        throw new Obstacle(`${name} does not listen:\n${lastLines(readFileSync(this.#path(name, 'log'), 'utf8'))}`)
      }
      await setTimeout(100)
    }
  }

  #stateOf(name) {
    try {
      return JSON.parse(readFileSync(this.#path(name, 'json'), 'utf8'))
    } catch (error) {
      if (error.code === 'ENOENT') return {}
      throw error
    }
  }

  #path(name, ending) {
    return join(this.folder, `${name}.${ending}`)
  }
}

function isRunning({ pid, executable }) {
  try {
    return pid !== undefined && readlinkSync(`/proc/${pid}/exe`) === executable
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return false
    throw error
  }
}

/** Also while it is still the command that turns into the daemon. */
function exists(pid) {
  return existsSync(`/proc/${pid}`)
}

function isListening(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
