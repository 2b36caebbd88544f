import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Obstacle } from './obstacle.mjs'

const execute = promisify(execFile)

/** More than any installation writes. */
const MOST_OUTPUT = 64 * 1024 ** 2

/**
 * Runs a command to its end and answers with its standard output. One that is missing, fails or outlasts `limit`, milliseconds, is an
 * Obstacle.
 */
export async function runCommand(command, args, { limit, env = {}, signal }) {
  try {
    const options = { timeout: limit, killSignal: 'SIGKILL', maxBuffer: MOST_OUTPUT, env: { ...process.env, ...env } }
    const { stdout } = await execute(command, args, { ...options, signal })
    return stdout.trim()
  } catch (error) {
    if (error.code === 'ENOENT') throw new Obstacle(`${command} is not installed.`, { cause: error })
    const shown = [command, ...args].join(' ')
    if (error.killed) throw new Obstacle(`\`${shown}\` took more than ${limit / 1000} s.`, { cause: error })
    throw new Obstacle(`\`${shown}\` failed:\n${lastLines(error.stderr || error.stdout || error.message)}`, {
      cause: error,
    })
  }
}

/** The end of a log is where it says what went wrong. */
export function lastLines(text) {
  return text.trimEnd().split('\n').slice(-5).join('\n')
}
