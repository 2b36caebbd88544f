import { setTimeout as delay } from 'node:timers/promises'
import { type Machine, startMachine, type TestProcess, untilGone } from '../support/processes.ts'

const SUPERVISOR = ['scripts/start.mjs']

/** Both processes under a supervisor, started. */
interface Family {
  readonly top: TestProcess
  readonly server: number
  readonly worker: number
}

let machine: Machine

beforeEach(async () => {
  machine = await startMachine()
})

afterEach(() => machine.clear())

async function startFamily(command: string, args: readonly string[]): Promise<Family> {
  const top = machine.run(command, args)
  const server = Number((await top.until(/"pid":(\d+),.*"server\.listening"/))[1])
  const worker = Number((await top.until(/"pid":(\d+),.*"worker\.started"/))[1])
  return { top, server, worker }
}

async function expectGone({ server, worker }: Family): Promise<void> {
  await untilGone(server)
  await untilGone(worker)
}

describe('npm start', () => {
  test.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])(
    'ends with exit code 0, and leaves nothing running, after %s',
    async (signal) => {
      const family = await startFamily('npm', ['start'])

      family.top.send(signal)

      expect(await family.top.end()).toBe(0)
      await expectGone(family)
    },
  )

  test('ends with exit code 0 after Ctrl-C, which reaches every process, pressed twice', async () => {
    const family = await startFamily('npm', ['start'])

    process.kill(-family.top.pid, 'SIGINT')
    process.kill(-family.top.pid, 'SIGINT')

    expect(await family.top.end()).toBe(0)
    await expectGone(family)
  })

  test('leaves nothing running when npm is killed', async () => {
    const family = await startFamily('npm', ['start'])

    family.top.send('SIGKILL')

    await expectGone(family)
    expect(family.top.output()).toContain('npm is gone; stopping.')
  })

  test('tells every problem of the configuration once, and nothing else', async () => {
    const top = machine.run('npm', ['start', '--silent'], { PORT: 'x', TEMP_TTL: 'soon', JWT_SECRET: 'hunter2' })

    expect(await top.end()).toBe(1)
    const lines = top.output().trim().split('\n')
    expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual(['JWT_SECRET', 'PORT', 'TEMP_TTL'])
    expect(top.output()).not.toContain('hunter2')
  })
})

describe('the supervisor', () => {
  test.each<NodeJS.Signals>(['SIGTERM', 'SIGINT', 'SIGHUP'])(
    'ends with exit code 0 after %s, sent twice',
    async (signal) => {
      const family = await startFamily(process.execPath, SUPERVISOR)

      family.top.send(signal)
      family.top.send(signal)

      expect(await family.top.end()).toBe(0)
      await expectGone(family)
    },
  )

  test('ends with exit code 0 when it is told to stop while it starts', async () => {
    const top = machine.run(process.execPath, SUPERVISOR)
    const server = Number((await top.until(/"pid":(\d+),.*"server\.listening"/))[1])

    top.send('SIGTERM')

    expect(await top.end()).toBe(0)
    await untilGone(server)
  })

  test('goes on when the shell that started it has ended', async () => {
    const shell = machine.run('sh', ['-c', 'node scripts/start.mjs & echo supervisor $!; wait'])
    const supervisor = Number((await shell.until(/supervisor (\d+)/))[1])
    const server = Number((await shell.until(/"pid":(\d+),.*"server\.listening"/))[1])
    const worker = Number((await shell.until(/"pid":(\d+),.*"worker\.started"/))[1])
    shell.send('SIGKILL')
    await shell.end()
    // It looks twice a second.
    await delay(1_500)

    expect(shell.output()).not.toContain('stopping')
    process.kill(supervisor, 'SIGTERM')
    for (const pid of [supervisor, server, worker]) await untilGone(pid)
  })

  test('takes both processes with it when it is killed; they stop in order', async () => {
    const family = await startFamily(process.execPath, SUPERVISOR)

    family.top.send('SIGKILL')

    await expectGone(family)
    expect(family.top.output()).toContain('"server.stopping"')
    expect(family.top.output()).toContain('"worker.stopping"')
  })

  test.each<['server' | 'worker', NodeJS.Signals]>([
    ['server', 'SIGKILL'],
    ['worker', 'SIGKILL'],
    ['server', 'SIGTERM'],
    ['worker', 'SIGTERM'],
  ])('ends with exit code 1 when the %s ends by %s, and ends the other', async (role, signal) => {
    const family = await startFamily(process.execPath, SUPERVISOR)

    process.kill(family[role], signal)

    expect(await family.top.end()).toBe(1)
    await expectGone(family)
  })

  test('ends with exit code 1 when the worker cannot start, and ends the server', async () => {
    const top = machine.run(process.execPath, SUPERVISOR, { UPKEEP_CRON: '* * 30 2 *' })
    const server = Number((await top.until(/"pid":(\d+),.*"server\.listening"/))[1])

    expect(await top.end()).toBe(1)
    await untilGone(server)
    expect(top.output()).toContain('UPKEEP_CRON must be a valid cron expression, not "* * 30 2 *".')
    expect(top.output()).not.toMatch(/^\s+at /m)
  })

  test('runs the one process that is named', async () => {
    const top = machine.run(process.execPath, [...SUPERVISOR, 'worker'])
    await top.until(/"worker\.started"/)

    top.send('SIGTERM')

    expect(await top.end()).toBe(0)
    expect(top.output()).not.toContain('server.listening')
  })

  test('knows no other process', async () => {
    const top = machine.run(process.execPath, [...SUPERVISOR, 'deamon'])

    expect(await top.end()).toBe(1)
    expect(top.output()).toBe('There is no process "deamon"; name server, worker, or nothing for both.\n')
  })
})
