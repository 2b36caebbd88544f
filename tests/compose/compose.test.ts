import { assetOf, call, formOf } from '../support/wire.ts'
import { eventually, findObstacle, lines, openStack, type Stack } from './stack.ts'

const obstacle = findObstacle()
/** Everything is built and started first, and one thing after the other is done to it. */
const MINUTES = 20 * 60_000
const TEMP_TTL = 30_000

if (obstacle) test.skip(`docker compose up, and a life of files on it (skipped: ${obstacle})`, () => undefined)
else describe('docker compose up', aLifeOfFiles)

function aLifeOfFiles(): void {
  let stack: Stack
  let secretKey: string
  let publicKey: string
  let kept: { url: string; content: string }
  let temporary: { id: string; at: number }

  beforeAll(async () => {
    stack = await openStack({ TEMP_TTL: `${TEMP_TTL / 1000}s`, UPKEEP_CRON: '*/2 * * * * *' })
    await eventually(isReady)
    const log = await stack.logs('setup')
    secretKey = /\bsk_\w+/.exec(log)?.[0] ?? ''
    publicKey = /\bpk_\w+/.exec(log)?.[0] ?? ''
  }, MINUTES)

  afterAll(() => stack?.close(), MINUTES)

  test('shows the keys that it made, and where it listens', async () => {
    expect(secretKey).toMatch(/^sk_\w{24,}$/)
    expect(publicKey).toMatch(/^pk_\w{24,}$/)
    expect(await stack.logs('server')).toContain(`Keepsake listens at ${stack.url}\n`)
  })

  test('publishes the server to this machine alone, and nothing of MongoDB and S3', async () => {
    const bindings = '{{json .HostConfig.PortBindings}}'

    expect(await stack.inspect('server', bindings)).toEqual([
      JSON.stringify({ '3000/tcp': [{ HostIp: '127.0.0.1', HostPort: new URL(stack.url).port }] }),
    ])
    expect(await stack.inspect('mongodb', bindings)).toEqual(['{}'])
    expect(await stack.inspect('s3', bindings)).toEqual(['{}'])
  })

  test.each(['server', 'worker'])('runs the %s as nobody special, on files that it cannot write', async (service) => {
    const attempts = ['/app/x', '/tmp/x', '/data/x'].map((path) => `(touch ${path} || echo refused) 2>/dev/null`)

    expect(await stack.inside(service, ['id -u', ...attempts].join('; '))).toBe('1000\nrefused\nrefused\nrefused')
  })

  test('has an image of nothing but what runs', async () => {
    const strays = `find /app -path '*/node_modules' -prune -o -type f ! -name '*.js' ! -name package.json ! -name openapi.yaml -print`

    expect(
      await stack.inside(
        'server',
        `${strays}; ls -d /app/node_modules/typescript /app/node_modules/jest 2>/dev/null || true`,
      ),
    ).toBe('')
    expect((await call(stack, 'GET', '/openapi.yaml')).status).toBe(200)
  })

  test('keeps what is persisted', async () => {
    const content = `kept at ${Date.now()}`

    const answer = await persist(await upload(content))

    expect(answer.status).toBe(200)
    kept = { url: String(assetOf(answer).url), content }
    expect(kept.url.startsWith(`${stack.url}/cdn/`)).toBe(true)
    expect(await read(kept.url)).toBe(content)
  })

  test(
    'has it also after a restart of everything, and no new keys',
    async () => {
      await stack.compose('restart')
      await eventually(isReady)

      expect(await read(kept.url)).toBe(kept.content)
      expect(await stack.inspect('setup', '{{.State.ExitCode}}')).toEqual(['0'])
      expect([...(await stack.logs('setup')).matchAll(/\bsk_\w+/g)].every(([key]) => key === secretKey)).toBe(true)
    },
    MINUTES,
  )

  test(
    'starts a worker again that was killed',
    async () => {
      const [before] = await stack.inspect('worker', '{{.RestartCount}}')
      temporary = { id: await upload('soon gone'), at: Date.now() }
      expect(await temporaryObjects()).not.toBe('')

      // The process that adopts orphans cannot be killed from inside; it ends with the worker.
      await stack.inside('worker', 'kill -9 -1').catch(() => undefined)

      await eventually(async () => {
        const [state] = await stack.inspect('worker', '{{.RestartCount}} {{.State.Running}}')
        return state === `${Number(before) + 1} true`
      })
    },
    MINUTES,
  )

  test(
    'runs as many workers as it is told to',
    async () => {
      await stack.compose('up', '--detach', '--no-recreate', '--scale', 'worker=3')

      await eventually(async () => {
        const states = await stack.inspect('worker', '{{.State.Running}} {{.State.Health.Status}}')
        return states.length === 3 && states.every((state) => state === 'true healthy')
      })
    },
    MINUTES,
  )

  test(
    'removes what is not persisted in time, and its bytes',
    async () => {
      await eventually(async () => Date.now() > temporary.at + TEMP_TTL && (await temporaryObjects()) === '')

      expect((await persist(temporary.id)).status).toBe(404)
      expect(await read(kept.url)).toBe(kept.content)
    },
    MINUTES,
  )

  test('never writes a secret into a log, but the new keys once', async () => {
    const signing = await stack.inside('server', 'cat /data/jwt.secret')
    const log = await stack.logs()
    const elsewhere = await stack.logs('server', 'worker', 'mongodb', 's3')

    expect(signing.length).toBeGreaterThanOrEqual(32)
    expect([signing, ...stack.passwords].filter((secret) => log.includes(secret))).toEqual([])
    expect([secretKey, publicKey].filter((key) => elsewhere.includes(key))).toEqual([])
    expect(lines(log).filter((line) => line.includes(secretKey)).length).toBe(1)
  })

  test(
    'stops every process by its own will',
    async () => {
      await stack.compose('stop', 'server', 'worker')

      expect(await stack.inspect('server', '{{.State.ExitCode}}')).toEqual(['0'])
      expect(await stack.inspect('worker', '{{.State.ExitCode}}')).toEqual(['0', '0', '0'])
    },
    MINUTES,
  )

  /** As the engine sees it. Nobody asks through the published port before: until then a connection may be left without an answer. */
  async function isReady(): Promise<boolean> {
    const [status] = await stack.inspect('server', '{{.State.Health.Status}}')
    return status === 'healthy'
  }

  async function upload(content: string): Promise<string> {
    const answer = await call(stack, 'POST', '/asset/upload/temp', { key: publicKey, body: formOf(content) })
    if (answer.status !== 201) throw new Error(`The upload failed: ${answer.text}`)
    return String(answer.body.tempAssetId)
  }

  function persist(tempAssetId: string) {
    const body = JSON.stringify({ tempAssetId })
    const headers = { 'Content-Type': 'application/json' }
    return call(stack, 'POST', '/asset/upload/persist', { key: secretKey, body, headers })
  }

  function temporaryObjects(): Promise<string> {
    return stack.inside('s3', 'find /data -path "*/temp/temp_*" -type f')
  }

  async function read(url: string): Promise<string> {
    return (await fetch(url, { signal: AbortSignal.timeout(10_000) })).text()
  }
}
