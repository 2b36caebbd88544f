import { fileURLToPath } from 'node:url'
import { Obstacle } from './obstacle.mjs'
import { runCommand } from './run-command.mjs'

const COMPOSE = ['compose', '--file', fileURLToPath(new URL('../../tests/services/compose.yml', import.meta.url))]
const MINUTE = 60_000

/** Starts the servers as containers, on ports that the engine chooses. Images that are missing are pulled. */
export async function startContainers() {
  await runCommand('docker', ['version'], { limit: 10_000 })
  console.error('Starting MongoDB and S3 in containers …')
  try {
    await compose('up', '--detach', '--wait', '--wait-timeout', '120')
  } catch (error) {
    // One server alone is of no use.
    if (error instanceof Obstacle) await stopContainers()
    throw error
  }
  return { mongodb: await compose('port', 'mongodb', '27017'), s3: await compose('port', 's3', '7070') }
}

/** Removes the containers and their data. Without an engine there are none. */
export async function stopContainers() {
  try {
    await compose('down', '--volumes')
  } catch (error) {
    if (!(error instanceof Obstacle)) throw error
  }
}

function compose(...args) {
  return runCommand('docker', [...COMPOSE, ...args], { limit: 10 * MINUTE })
}
