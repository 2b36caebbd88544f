import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ACCOUNT } from './account.mjs'
import { runCommand } from './run-command.mjs'

/** Below the root of the Debian system. */
const DATA = '/var/lib/postgresql/keepsake'
const PROGRAMS = '/usr/lib/postgresql/18/bin'
const LIMIT = 60_000

/** What is stored is thrown away, so nothing is flushed; and the folder's /dev/shm and sockets are not used. */
const SETTINGS = `
shared_preload_libraries = 'pg_cron,pg_documentdb_core,pg_documentdb'
cron.database_name = 'postgres'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
dynamic_shared_memory_type = mmap
fsync = off
`

/** Starts FerretDB before an empty PostgreSQL with DocumentDB, unless they run; answers with FerretDB's port. */
export async function startDocuments(daemons, ferretdb, debian) {
  const postgres = { name: 'postgres', executable: join(debian, PROGRAMS, 'postgres') }
  const gateway = { name: 'ferretdb', executable: ferretdb }
  if (await daemons.portOf(postgres)) {
    // It is started last: when it runs, everything before it has been done.
    const port = await daemons.portOf(gateway)
    if (port) return port
  }

  await stopDocuments(daemons)
  rmSync(join(debian, DATA), { recursive: true, force: true })
  await inside(debian, 'initdb', '-D', DATA, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--locale=C.UTF-8')
  appendFileSync(join(debian, DATA, 'postgresql.conf'), SETTINGS)
  const port = await daemons.start(postgres, (port) =>
    commandInside(debian, 'postgres', '-D', DATA, '-p', String(port)),
  )
  const query = (sql) => inside(debian, 'psql', '-q', '-h', '127.0.0.1', '-p', String(port), '-c', sql)
  await query('CREATE EXTENSION documentdb CASCADE')
  await query(`CREATE ROLE ${ACCOUNT.user} LOGIN SUPERUSER PASSWORD '${ACCOUNT.password}'`)
  return daemons.start(gateway, (own) => [
    ferretdb,
    `--listen-addr=127.0.0.1:${own}`,
    `--postgresql-url=postgres://postgres@127.0.0.1:${port}/postgres?pool_max_conns=60`,
    '--debug-addr=-',
    `--state-dir=${daemons.folder}`,
    '--telemetry=disable',
    '--log-level=WARN',
  ])
}

/** Stops both if they run. */
export async function stopDocuments(daemons) {
  await daemons.stop('ferretdb')
  await daemons.stop('postgres')
}

function inside(debian, program, ...args) {
  const [command, ...rest] = commandInside(debian, program, ...args)
  return runCommand(command, rest, { limit: LIMIT })
}

/** PostgreSQL refuses to run as root. */
function commandInside(debian, program, ...args) {
  return ['chroot', '--userspec=postgres:postgres', debian, `${PROGRAMS}/${program}`, ...args]
}
