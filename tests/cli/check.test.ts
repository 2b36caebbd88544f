import { chmod, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openDatabase, openStorage } from '@keepsake/shared/compose'
import { DatabaseSync } from '@photostructure/sqlite'
import { type Machine, startMachine } from '../support/processes.ts'

let machine: Machine

beforeEach(async () => {
  machine = await startMachine()
})

afterEach(() => machine.clear())

async function check(args: readonly string[] = [], variables: Readonly<Record<string, string>> = {}) {
  const command = machine.run(process.execPath, ['cli/dist/main.js', 'check', ...args], variables)
  return { code: await command.end(), output: command.output() }
}

/** Runs the service until its worker has completed a round, and ends it. */
async function serveOnce(): Promise<void> {
  const [server, worker] = ['server', 'workers'].map((name) => machine.run(process.execPath, [`${name}/dist/main.js`]))
  await server?.until(/server.listening/)
  await worker?.until(/worker.started/)
  await untilHealthy()
  for (const child of [server, worker]) child?.send('SIGTERM')
  await Promise.all([server?.end(), worker?.end()])
}

async function untilHealthy(): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) if ((await check(['--worker'])).code === 0) return
  throw new Error('The worker never completed a round.')
}

/** Another program's view of the database. */
function withDatabase<T>(work: (connection: InstanceType<typeof DatabaseSync>) => T): T {
  const connection = new DatabaseSync(join(machine.dataDir, 'keepsake.db'))
  try {
    return work(connection)
  } finally {
    connection.close()
  }
}

const change = (sql: string) => withDatabase((connection) => connection.exec(sql))
const read = (sql: string) => withDatabase((connection) => connection.prepare(sql).all())

const marksOf = (output: string) =>
  [...output.matchAll(/^(.) (.+?):/gm)].map(([, mark, subject]) => `${mark} ${subject}`)

const ALL_GOOD = [
  ...['Configuration', 'Database', 'Schema', 'Indexes', 'Clocks', 'Storage', 'Permissions', 'Installation'],
  ...['Worker', 'Backlog'],
].map((subject) => `✓ ${subject}`)

describe('keepsake check', () => {
  test('makes nothing where nothing has been started yet, and finds nothing wrong', async () => {
    const { code, output } = await check()

    expect(marksOf(output)).toEqual(['✓ Configuration', '· Database', '· Storage'])
    expect(code).toBe(0)
    expect(await readdir(machine.dataDir)).toEqual([])
  })

  test('has a tick for each thing, and leaves what it found', async () => {
    await serveOnce()
    const rows = () =>
      ['assets', 'installation', 'heartbeat', 'projects'].map((table) => read(`SELECT * FROM ${table}`))
    const before = rows()

    const { code, output } = await check()

    expect(marksOf(output)).toEqual(ALL_GOOD)
    expect(code).toBe(0)
    expect(rows()).toEqual(before)
    const { storage, close } = await openStorage({ kind: 'disk', root: join(machine.dataDir, 'objects'), bucket: 'b' })
    expect((await storage.list('')).objects.map(({ key }) => key)).toEqual(['.keepsake'])
    await close()
  })

  test.each([
    ['a schema that is newer', 'PRAGMA user_version = 99', '✗ Schema', 'newer than this release'],
    ['a schema that is older', 'PRAGMA user_version = 4', '· Schema', 'the next start'],
    ['an index that is missing', 'DROP INDEX assets_by_due_at', '✗ Indexes', 'assets_by_due_at'],
    ['another installation', "UPDATE installation SET id = 'other'", '✗ Installation', 'the database to other'],
    [
      'a transfer that has not ended',
      "UPDATE installation SET use = 'transfer'",
      '✗ Installation',
      'A transfer to this database has not ended',
    ],
    [
      'a worker that is away',
      'UPDATE heartbeat SET last_run_at = 1000',
      '✗ Worker',
      'too long for UPKEEP_CRON "* * * * *"',
    ],
    ['no worker at all', 'DELETE FROM heartbeat', '✗ Worker', 'No round was ever completed'],
  ])('names %s', async (_, sql, mark, sentence) => {
    await serveOnce()
    change(sql)

    const { code, output } = await check()

    expect(marksOf(output)).toContain(mark)
    expect(output).toContain(sentence)
    expect(code).toBe(mark.startsWith('✗') ? 1 : 0)
  })

  test('goes on when nobody reads it any more', async () => {
    await serveOnce()

    const shell = machine.run('sh', ['-c', `"${process.execPath}" cli/dist/main.js check | head -n 1; echo done`])

    expect(await shell.end()).toBe(0)
    expect(shell.output()).toMatch(/^✓ Configuration.*\ndone\n$/)
  })

  test('names a storage that lacks its mark', async () => {
    await serveOnce()
    await rm(join(machine.dataDir, 'objects'), { recursive: true })
    await openStorage({ kind: 'disk', root: join(machine.dataDir, 'objects'), bucket: 'b' })

    expect((await check()).output).toContain('✗ Installation: The storage lacks the mark')
  })

  test('names a file that is no database, and goes on with the rest', async () => {
    await writeFile(join(machine.dataDir, 'keepsake.db'), 'x'.repeat(5000))

    const { code, output } = await check()

    expect(marksOf(output)).toEqual(['✓ Configuration', '✗ Database', '· Storage'])
    expect(code).toBe(1)
  })

  test('names a storage without room', async () => {
    await serveOnce()

    const { code, output } = await check([], { MIN_FREE_BYTES: '8000000gb' })

    expect(output).toMatch(/✗ Permissions: Putting an object failed: .*room/)
    expect(code).toBe(1)
  })

  const asRoot = process.getuid?.() === 0 ? test.skip : test
  asRoot('names a folder that may not be written (skipped: root may write everything)', async () => {
    await serveOnce()
    await chmod(join(machine.dataDir, 'objects', 'staging'), 0o500)

    expect((await check()).output).toMatch(/✗ (Storage|Permissions)/)
  })
})

describe('keepsake check --worker', () => {
  test('is one line, and does not load what it does not need', async () => {
    await serveOnce()

    const began = performance.now()
    const { code, output } = await check(['--worker'])

    expect(output).toMatch(/^✓ Worker: The last round ended \d+ s ago\.\n$/)
    expect(code).toBe(0)
    expect(performance.now() - began).toBeLessThan(2000)
  })

  test('fails without a database, without a round, and when the last one is long ago', async () => {
    const never = await check(['--worker'])
    await (await openDatabase({ kind: 'sqlite', path: join(machine.dataDir, 'keepsake.db') })).close()
    const begun = await check(['--worker'])
    change('INSERT INTO heartbeat VALUES (1, 1000)')
    const old = await check(['--worker'])

    expect([never.code, begun.code, old.code]).toEqual([1, 1, 1])
    expect([never.output, begun.output, old.output]).toEqual([
      '✗ Worker: There is no database yet.\n',
      expect.stringContaining('No round was ever completed'),
      expect.stringContaining('too long'),
    ])
  })
})
