import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { makeDebian } from './make-debian.mjs'
import { runCommand } from './run-command.mjs'

const FERRETDB = 'github.com/FerretDB/FerretDB/v2/cmd/ferretdb@v2.7.0'
const VERSITYGW = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0'
/** A PostgreSQL with the extension that FerretDB stores documents in. */
const DOCUMENTDB = 'postgresql-18-documentdb'

const BUILD_LIMIT = 15 * 60_000

/**
 * Installs what is missing below `folder`, side by side, and answers with the paths: two programs, and the root of a Debian system
 * with DocumentDB. What a broken-off installation has left is never taken for a whole one.
 */
export async function install(folder) {
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder).filter(isPartial)) remove(join(folder, name))

  const failed = new AbortController()
  const whole = (name, make) => ensureWhole(folder, name, (partial) => make(partial, failed.signal))
  try {
    const [ferretdb, versitygw, debian] = await Promise.all([
      whole(basename(FERRETDB), (partial, signal) => buildProgram(FERRETDB, partial, signal)),
      whole(basename(VERSITYGW), (partial, signal) => buildProgram(VERSITYGW, partial, signal)),
      whole(DOCUMENTDB, (partial, signal) => makeDebian(join(partial, 'root'), DOCUMENTDB, signal)),
    ])
    return { ferretdb, versitygw, debian }
  } finally {
    failed.abort()
  }
}

/** `make` works in a folder of its own and answers with what it made, which gets its name only then. */
async function ensureWhole(folder, name, make) {
  const path = join(folder, name)
  if (existsSync(path)) return path
  console.error(`Installing ${name} …`)
  const partial = mkdtempSync(join(folder, 'partial-'))
  try {
    renameSync(await make(partial), path)
  } finally {
    remove(partial)
  }
  return path
}

async function buildProgram(module, folder, signal) {
  const env = { GOBIN: folder, GOFLAGS: '-mod=mod', CGO_ENABLED: '0' }
  await runCommand('go', ['install', module], { limit: BUILD_LIMIT, env, signal })
  return join(folder, basename(module).replace(/@.*/, ''))
}

function isPartial(name) {
  return name.startsWith('partial-')
}

function remove(path) {
  rmSync(path, { recursive: true, force: true, maxRetries: 5 })
}
