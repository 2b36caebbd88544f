// Makes a checkout ready to run: packages as the lockfile says, sources compiled. Quick when nothing has changed.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of the checkout. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

const LEAST_NODE = [20, 19]

/** Checks Node.js, installs packages when they are not those of the lockfile, compiles what has changed. Ends the process when something fails. */
export function makeReady() {
  checkNode()
  if (!isInstalled()) {
    console.log('Installing packages; this happens once …')
    // Compiling needs the development packages, whatever NODE_ENV says.
    run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'])
  }
  run(process.execPath, ['node_modules/typescript/bin/tsc', '-b'])
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return
  fail(`Keepsake needs Node.js ${LEAST_NODE.join('.')} or newer; this is ${process.versions.node}.`)
}

/** Whether every package of the lockfile is there, in its version. npm writes the list of what is there when it has finished. */
function isInstalled() {
  const wanted = packagesOf('package-lock.json')
  const found = packagesOf('node_modules/.package-lock.json')
  return Object.entries(wanted)
    .filter(([path, entry]) => path.includes('node_modules/') && !entry.optional && !entry.link)
    .every(([path, entry]) => found[path]?.version === entry.version)
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(`${ROOT}/${file}`, 'utf8')).packages
  } catch (error) {
    if (error.code === 'ENOENT') return {}
    throw error
  }
}

function run(command, args) {
  const { status, signal, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' })
  if (error) fail(`${command} could not be run: ${error.message}`)
  if (signal) fail(`${command} was ended by ${signal}.`)
  if (status !== 0) process.exit(1)
}

function fail(message) {
  console.error(message)
  process.exit(1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) makeReady()
