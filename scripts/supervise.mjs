// Runs several processes as one: a signal stops all of them, and the end of one ends the others.
import { spawn } from 'node:child_process'

/** What a child that has not yet said how long its stop may take is granted, milliseconds. */
const FIRST_GRACE = 15_000

/** What this process adds to the time that a child asks for, so that the child's own deadline comes first. */
const MARGIN = 1_000

const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Starts `files` one after the other, each when the one before has reported its start, so that a wrong configuration is told once.
 * Exit code 0 after a signal, not 0 when a child failed or ended by itself.
 */
export async function supervise(files) {
  const parent = process.ppid
  const children = []
  let grace = FIRST_GRACE
  let stopping = false

  function stop(code) {
    process.exitCode ||= code
    if (stopping) return
    stopping = true
    clearInterval(watch)
    for (const child of children) child.kill('SIGTERM')
    setTimeout(() => {
      for (const child of children) child.kill('SIGKILL')
    }, grace + MARGIN).unref()
  }

  for (const signal of STOPPING) process.on(signal, () => stop(0))
  // npm may be killed without a chance to pass it on.
  const watch = setInterval(() => {
    if (process.ppid === parent || !process.env.npm_lifecycle_event) return
    console.error('npm is gone; stopping.')
    stop(1)
  }, 500).unref()

  function start(file) {
    return new Promise((resolve) => {
      let hasStarted = false
      // When this process dies, even by SIGKILL, the channel closes, and the child stops itself.
      const child = spawn(process.execPath, [file], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      children.push(child)
      child.once('message', ({ stopWithin }) => {
        hasStarted = true
        grace = Math.max(grace, stopWithin)
        resolve()
      })
      child.on('error', (error) => {
        console.error(`${file} could not be run: ${error.message}`)
        stop(1)
        resolve()
      })
      child.on('exit', (code, signal) => {
        // A child that could not start has said why.
        if (hasStarted && !stopping)
          console.error(`${file} ended (${signal ?? `exit code ${code}`}); stopping the rest.`)
        // One that had not yet begun to listen to signals ends by them.
        const wasStopped = code === 0 || STOPPING.includes(signal)
        stop(stopping && wasStopped ? 0 : code || 1)
        resolve()
      })
    })
  }

  for (const file of files) {
    if (!stopping) await start(file)
  }
}
