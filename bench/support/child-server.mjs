// Servers that are measured, each in a process of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'

const START_SECONDS = 20

/** Starts `node <args>` and waits until it answers at `port`. `stop` ends it politely and waits for its exit. */
export async function startChild(args, port, env = {}) {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  try {
    await untilItAnswers(port, child)
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return {
    pid: child.pid,
    child,
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

/** A port that nobody listened on a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

async function untilItAnswers(port, child) {
  for (let attempt = 0; attempt < START_SECONDS * 20; attempt += 1) {
    if (child.exitCode !== null) throw new Error('The server ended before it answered.')
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer) return
    await setTimeout(50)
  }
  throw new Error(`Nothing answers at port ${port}.`)
}
