import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isProduction } from './backend.ts'
import { embeddedSite } from './embedded-site.ts'
import type { Site } from './outside.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PATIENCE = 20_000

/** A real process of this checkout. */
export interface TestProcess {
  readonly pid: number
  /** Everything that it and its children wrote so far. */
  output(): string
  /** Waits for output that matches; fails when it does not come in time, or the process ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  send(signal: NodeJS.Signals): void
  /** Waits for the end: the exit code, or the signal that ended it. */
  end(): Promise<number | NodeJS.Signals | null>
}

/** Everything that one test starts, on a data folder of its own. */
export interface Machine {
  readonly dataDir: string
  /** Where its processes keep what they store. */
  readonly site: Site
  /** Starts a command in the checkout, as the leader of a process group, with nothing of this environment but the path. */
  run(command: string, args: readonly string[], variables?: Readonly<Record<string, string>>): TestProcess
  /** Kills what still runs and removes the data. */
  clear(): Promise<void>
}

/** A machine on which nothing runs yet. The server's port is one that the system chooses; its log tells. */
export async function startMachine(): Promise<Machine> {
  const dataDir = await mkdtemp(join(tmpdir(), 'keepsake-e2e-'))
  const children: ChildProcess[] = []
  const site = isProduction ? await (await import('./production-site.ts')).productionSite() : embeddedSite(dataDir)
  const defaults = {
    ...site.variables,
    DATA_DIR: dataDir,
    PORT: '0',
    PUBLIC_URL: 'http://localhost',
    NODE_ENV: 'production',
  }

  return {
    dataDir,
    site,
    run(command, args, variables = {}) {
      const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...defaults, ...variables }
      const child = spawn(command, args, { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
      children.push(child)
      return observe(child)
    },
    async clear() {
      for (const child of children) killGroup(child)
      await site.remove()
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Waits until no process with that id exists. */
export async function untilGone(pid: number): Promise<void> {
  const deadline = Date.now() + PATIENCE
  while (isAlive(pid)) {
    if (Date.now() > deadline) throw new Error(`Process ${pid} is still there.`)
    await setTimeout(20)
  }
}

function observe(child: ChildProcess): TestProcess {
  const { pid } = child
  if (pid === undefined) throw new Error('The process could not be started.')
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (part) => (text += part))
  const exit = once(child, 'exit')

  return {
    pid,
    output: () => text,
    async until(pattern) {
      const deadline = Date.now() + PATIENCE
      for (;;) {
        const match = pattern.exec(text)
        if (match) return match
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`It ended without ${pattern}:\n${text}`)
        if (Date.now() > deadline) throw new Error(`It never wrote ${pattern}:\n${text}`)
        await setTimeout(10)
      }
    },
    send: (signal) => child.kill(signal),
    async end() {
      const signal = AbortSignal.timeout(PATIENCE)
      const late = once(signal, 'abort').then(() => Promise.reject(new Error(`It does not end:\n${text}`)))
      const [code, signalCode] = await Promise.race([exit, late])
      // What it wrote last may still be in the pipe.
      await setTimeout(50)
      return code ?? signalCode
    },
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (!isNoProcess(error)) throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    if (isNoProcess(error)) return false
    throw error
  }
}

function isNoProcess(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ESRCH'
}
