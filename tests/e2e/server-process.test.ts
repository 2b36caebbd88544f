import { once } from 'node:events'
import { mkdir, readdir, readFile, rename, stat } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { type Machine, startMachine, type TestProcess } from '../support/processes.ts'

const SERVER = ['server/dist/main.js']

let machine: Machine

beforeEach(async () => {
  machine = await startMachine()
})

afterEach(() => machine.clear())

function startServer(variables: Readonly<Record<string, string>> = {}): TestProcess {
  return machine.run(process.execPath, SERVER, variables)
}

async function addressOf(server: TestProcess): Promise<string> {
  const [, port] = await server.until(/"port":(\d+),.*"server\.listening"/)
  return `http://127.0.0.1:${port}`
}

function storedKeys(): Promise<string> {
  return readFile(join(machine.dataDir, 'keys.env'), 'utf8')
}

/** An upload whose body has begun and waits for `end`. */
async function beginUpload(address: string) {
  const [, publicKey = ''] = /PUBLIC_KEY=(\S+)/.exec(await storedKeys()) ?? []
  const upload = request(`${address}/asset/upload/temp?name=slow.txt`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${publicKey}`, 'Content-Type': 'text/plain' },
  })
  const answer = new Promise<number | undefined>((resolve, reject) => {
    upload.on('error', reject).on('response', (response) => {
      response.resume()
      resolve(response.statusCode)
    })
  })
  await new Promise((resolve) => upload.write('the first half, ', resolve))
  // Answered only after the upload has been taken up: both run over the same event loop.
  await fetch(`${address}/health/live`)
  return { answer, end: () => upload.end('the second half') }
}

describe('the first start', () => {
  test('makes the data folder for its owner alone', async () => {
    const dataDir = join(machine.dataDir, 'new')
    const server = startServer({ DATA_DIR: dataDir })
    await addressOf(server)

    expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
    expect((await stat(join(dataDir, 'keys.env'))).mode & 0o777).toBe(0o600)
    expect((await stat(join(dataDir, 'jwt.secret'))).mode & 0o777).toBe(0o600)
  })

  test('succeeds below the reserve of free space, and refuses only uploads', async () => {
    const server = startServer({ MIN_FREE_BYTES: '1000000gb' })
    const address = await addressOf(server)
    const [publicKey = ''] = /pk_\w+/.exec(await storedKeys()) ?? []

    const upload = await fetch(`${address}/asset/upload/temp?name=a.txt`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${publicKey}` },
      body: 'hello',
    })

    expect(upload.status).toBe(507)
    expect(await upload.json()).toMatchObject({ code: 'STORAGE_FULL' })
    expect((await fetch(`${address}/health/ready`)).status).toBe(200)
  })

  test('shows the generated keys in full, whatever is logged; a later one does not', async () => {
    const first = startServer({ LOG_LEVEL: 'silent' })
    await first.until(/Keepsake listens/)
    first.send('SIGTERM')
    await first.end()
    const later = startServer()
    await later.until(/Keepsake listens/)

    const keys = (await storedKeys()).match(/[sp]k_\w{32}/g) ?? []
    expect(keys).toHaveLength(2)
    for (const key of keys) {
      expect(first.output()).toContain(key)
      expect(later.output()).not.toContain(key)
    }
  })

  test('makes one pair of keys for all processes that start together', async () => {
    const servers = [startServer(), startServer(), startServer()]
    const addresses = await Promise.all(servers.map(addressOf))

    const [, secretKey = ''] = /SECRET_KEY=(\S+)/.exec(await storedKeys()) ?? []
    const answers = await Promise.all(
      addresses.map((address) => fetch(`${address}/health`, { headers: { Authorization: `Bearer ${secretKey}` } })),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(servers.filter((server) => server.output().includes(secretKey))).toHaveLength(1)
    expect((await readdir(machine.dataDir)).filter((name) => name.startsWith('keys.'))).toEqual(['keys.env'])
  })

  test('takes given keys and writes none of them down', async () => {
    const secretKey = `sk_${'given'.repeat(6)}`
    const address = await addressOf(startServer({ KEEPSAKE_SECRET_KEY: secretKey }))

    const { status } = await fetch(`${address}/health`, { headers: { Authorization: `Bearer ${secretKey}` } })

    expect(status).toBe(200)
    expect(await readdir(machine.dataDir)).not.toContain('keys.env')
  })
})

describe('a start that fails says why in one line, without a stack, and ends with exit code 1', () => {
  test('when the port is in use', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo

    const server = startServer({ PORT: String(port), KEEPSAKE_SECRET_KEY: `sk_${'a'.repeat(24)}` })

    expect(await server.end()).toBe(1)
    expect(server.output()).toBe(
      `The address 127.0.0.1 with PORT ${port} is already in use; stop the other process or choose another PORT.\n`,
    )
    await new Promise((resolve) => other.close(resolve))
  })

  test('when the address is none of this machine', async () => {
    const server = startServer({ BIND: '203.0.113.9', KEEPSAKE_SECRET_KEY: `sk_${'a'.repeat(24)}` })

    expect(await server.end()).toBe(1)
    expect(server.output()).toBe(
      'The address 203.0.113.9 with PORT 0 is no address of this machine; choose another BIND.\n',
    )
  })

  test('when the data folder cannot be made', async () => {
    const server = startServer({ DATA_DIR: '/dev/null/data' })

    expect(await server.end()).toBe(1)
    expect(server.output()).toBe('DATA_DIR /dev/null/data cannot be made or written (ENOTDIR).\n')
  })

  test('when the database is none', async () => {
    await mkdir(join(machine.dataDir, 'keepsake.db'))

    const server = startServer({ KEEPSAKE_SECRET_KEY: `sk_${'a'.repeat(24)}` })

    expect(await server.end()).toBe(1)
    expect(server.output().trim().split('\n')).toHaveLength(1)
    expect(server.output()).toMatch(/^DATA_DIR/)
  })

  test('when the objects are those of another installation', async () => {
    const dataDir = join(machine.dataDir, 'other')
    for (const folder of [machine.dataDir, dataDir]) {
      const server = startServer({ DATA_DIR: folder })
      await addressOf(server)
      server.send('SIGTERM')
      await server.end()
    }
    await rename(join(machine.dataDir, 'objects'), join(machine.dataDir, 'old'))
    await rename(join(dataDir, 'objects'), join(machine.dataDir, 'objects'))

    const server = startServer()

    expect(await server.end()).toBe(1)
    expect(server.output()).toMatch(/^The storage belongs to installation [^\n]+\n$/)
  })
})

describe('a server that is told to stop', () => {
  test('ends at once while it still waits for a database that does not answer', async () => {
    const silent = createTcpServer((socket) => socket.on('error', () => undefined))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    const server = startServer({ MONGODB_URI: `mongodb://127.0.0.1:${port}/keepsake`, JWT_SECRET: 'j'.repeat(32) })
    await once(silent, 'connection')

    server.send('SIGTERM')

    expect(await server.end()).toBe(0)
    silent.close()
  })

  test('lets a running upload finish, and takes no new connection', async () => {
    const server = startServer()
    const address = await addressOf(server)
    const upload = await beginUpload(address)

    server.send('SIGTERM')
    await server.until(/"server\.stopping"/)
    await expect(fetch(`${address}/health/live`)).rejects.toThrow()
    upload.end()

    expect(await upload.answer).toBe(201)
    const answered = Date.now()
    expect(await server.end()).toBe(0)
    // The client keeps its connection, which is idle now.
    expect(Date.now() - answered).toBeLessThan(3_000)
  })

  test('cuts an upload that does not finish in time', async () => {
    const server = startServer({ SHUTDOWN_TIMEOUT: '1s' })
    const upload = await beginUpload(await addressOf(server))

    server.send('SIGTERM')

    await expect(upload.answer).rejects.toThrow()
    expect(await server.end()).toBe(0)
    expect(await readdir(join(machine.dataDir, 'objects', 'staging'))).toEqual([])
  })

  test('does not wait for a connection on which nothing has ever arrived', async () => {
    const server = startServer()
    const silent = connect(Number(new URL(await addressOf(server)).port), '127.0.0.1')
    await once(silent, 'connect')
    const began = Date.now()

    server.send('SIGTERM')

    expect(await server.end()).toBe(0)
    expect(Date.now() - began).toBeLessThan(3_000)
  })

  test('says that it is not ready, and still takes requests, for the drain delay', async () => {
    const server = startServer({ DRAIN_DELAY: '2s' })
    const address = await addressOf(server)

    server.send('SIGTERM')
    await server.until(/"server\.stopping"/)
    const ready = await fetch(`${address}/health/ready`)
    const live = await fetch(`${address}/health/live`)

    expect(ready.status).toBe(503)
    expect(live.status).toBe(200)
    expect(await server.end()).toBe(0)
  })

  test('ends at once when nothing is under way, idle connections or not', async () => {
    const server = startServer()
    await fetch(`${await addressOf(server)}/health/live`)
    const began = Date.now()

    server.send('SIGTERM')

    expect(await server.end()).toBe(0)
    expect(Date.now() - began).toBeLessThan(3_000)
  })
})
