// npm start: installs and compiles what is missing, then runs the server and the worker, or the one that is named, until it is told to stop.
import { existsSync } from 'node:fs'
import { makeReady, ROOT } from './ready.mjs'
import { supervise } from './supervise.mjs'

const FILES = { server: 'server/dist/main.js', worker: 'workers/dist/main.js' }

const roles = process.argv.slice(2)
const unknown = roles.find((role) => !(role in FILES))
if (unknown !== undefined) {
  console.error(`There is no process "${unknown}"; name server, worker, or nothing for both.`)
  process.exit(1)
}

process.chdir(ROOT)
if (process.env.NODE_ENV !== 'production' && existsSync('.env')) process.loadEnvFile('.env')
makeReady()
await supervise((roles.length > 0 ? roles : ['server', 'worker']).map((role) => FILES[role]))
