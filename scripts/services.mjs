// Starts the real servers that tests talk to, MongoDB and S3, and prints their environment; `stop` ends them and removes their data.
//   export $(npm run --silent services)
//   npm run services -- stop

import { ACCOUNT } from './services/account.mjs'
import { startContainers, stopContainers } from './services/containers.mjs'
import { Obstacle } from './services/obstacle.mjs'
import { startPackages, stopPackages } from './services/packages.mjs'

const COMMANDS = { start, stop }

/** In the order in which they are tried. */
const WAYS = [
  { name: 'in containers', start: startContainers },
  { name: 'from packages', start: startPackages },
]

const [name = 'start', ...rest] = process.argv.slice(2)
const command = Object.hasOwn(COMMANDS, name) && rest.length === 0 ? COMMANDS[name] : undefined
if (!command) fail('usage: npm run services [-- start | stop]')
await command()

async function start() {
  const reasons = []
  for (const way of WAYS) {
    try {
      const { mongodb, s3 } = await way.start()
      console.log(environmentOf(mongodb, s3))
      return
    } catch (error) {
      if (!(error instanceof Obstacle)) throw error
      reasons.push(`${way.name}: ${error.message}`)
    }
  }
  fail(`MongoDB and S3 could not be started.\n${reasons.join('\n')}`)
}

async function stop() {
  await stopContainers()
  await stopPackages()
}

/** What tests and the AWS SDK read; `mongodb` and `s3` are a host and its port. */
function environmentOf(mongodb, s3) {
  return [
    `TEST_MONGODB_URI=mongodb://${ACCOUNT.user}:${ACCOUNT.password}@${mongodb}/?authSource=admin`,
    `TEST_S3_ENDPOINT=http://${s3}`,
    `AWS_ACCESS_KEY_ID=${ACCOUNT.user}`,
    `AWS_SECRET_ACCESS_KEY=${ACCOUNT.password}`,
    'AWS_REGION=us-east-1',
  ].join('\n')
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
