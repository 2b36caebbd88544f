import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFromText } from '@keepsake/shared/operations/assets/create-asset'
import { embeddedPlace } from '../support/embedded-place.ts'
import { type Machine, startMachine } from '../support/processes.ts'
import { productionSite } from '../support/production-site.ts'
import { describeWithMongo, plainMongo } from '../support/services.ts'
import { openEnd } from './ends.ts'

const GOOD = ['Configuration', 'Database', 'Schema', 'Indexes', 'Clocks', 'Storage', 'Permissions', 'Installation']

describeWithMongo('the command line with MongoDB and S3', () => {
  let machine: Machine
  let site: Awaited<ReturnType<typeof productionSite>>

  beforeEach(async () => {
    machine = await startMachine()
    site = await productionSite()
  })

  afterEach(async () => {
    await machine.clear()
    await site.remove()
  })

  const uri = () => site.variables.MONGODB_URI ?? ''
  const password = () => new URL(uri()).password

  async function keepsake(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
    const all = { ...site.variables, ...variables }
    const began = performance.now()
    const command = machine.run(process.execPath, ['cli/dist/main.js', ...args], all)
    const code = await command.end()
    expect(command.output()).not.toContain(`${password()}@`)
    expect(command.output()).not.toContain('    at ')
    return { code, output: command.output(), took: performance.now() - began }
  }

  const marksOf = (output: string) => [...output.matchAll(/^(.) (.+?):/gm)].map(([, mark, about]) => `${mark} ${about}`)

  test('check leaves a new database as it is', async () => {
    const { code, output } = await keepsake(['check'])

    expect(marksOf(output)).toEqual([
      ...['✓ Configuration', '✓ Database', '· Schema', '✓ Clocks', '✓ Storage', '✓ Permissions'],
      ...['· Installation', '· Lifecycle rules'],
    ])
    expect(code).toBe(0)
    const client = await plainMongo(new URL(uri()).pathname.slice(1))
    expect((await client.db().collections()).map(({ collectionName }) => collectionName)).toEqual([])
    await client.close()
  })

  test('check has a tick for each thing, names an index that is missing, and is a probe of a worker', async () => {
    const processes = ['server', 'workers'].map((name) =>
      machine.run(process.execPath, [`${name}/dist/main.js`], site.variables),
    )
    await processes[0]?.until(/server.listening/)
    await processes[1]?.until(/worker.started/)
    let probe = await keepsake(['check', '--worker'])
    for (let attempt = 0; probe.code !== 0 && attempt < 50; attempt += 1) probe = await keepsake(['check', '--worker'])

    expect(probe.output).toMatch(/^✓ Worker: The last round ended \d+ s ago\.$/m)
    expect(probe.took).toBeLessThan(4000)
    const whole = await keepsake(['check'])
    expect(marksOf(whole.output)).toEqual([
      ...[...GOOD].map((about) => `✓ ${about}`),
      '· Lifecycle rules',
      '✓ Worker',
      '✓ Backlog',
    ])
    expect(whole.code).toBe(0)

    const client = await plainMongo(new URL(uri()).pathname.slice(1))
    await client.db().collection('assets').dropIndex('assets_due')
    await client.close()
    const broken = await keepsake(['check'])
    expect([broken.code, broken.output]).toEqual([1, expect.stringContaining('✗ Indexes: Missing: assets_due.')])
  })

  test('says what is wrong with the database, without its password', async () => {
    const wrong = new URL(uri())
    wrong.password = 'wrong-password'
    const refused = await keepsake(['check'], { MONGODB_URI: wrong.href })
    const gone = await keepsake(['check', '--worker'], { MONGODB_URI: uri().replace(/@[^/]+/, '@127.0.0.1:1') })

    expect([refused.code, refused.output]).toEqual([1, expect.stringMatching(/✗ Database: .*refused the credentials/)])
    expect(refused.output).toContain('✓ Permissions')
    expect(refused.output).not.toContain('wrong-password')
    expect([gone.code, gone.output]).toEqual([1, expect.stringMatching(/✗ Worker: .+/)])
  })

  test('a transfer brings the embedded stores here, by an address in a file, and a server starts on them', async () => {
    const place = await embeddedPlace()
    const source = await openEnd(place)
    const owner = await source.begin()
    const { key = '' } = await createFromText(source.context, owner, 'hello', { folder: '', name: 'a.txt', said: {} })
    const file = join(machine.dataDir, 'uri.txt')
    await writeFile(file, `${uri()}\n`)
    const { S3_ENDPOINT = '', S3_REGION = '', S3_BUCKET = '', S3_PREFIX = '' } = site.variables
    const target = [
      '--to-file',
      file,
      '--bucket',
      S3_BUCKET,
      '--prefix',
      S3_PREFIX,
      '--endpoint',
      S3_ENDPOINT,
      '--region',
      S3_REGION,
    ]
    const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = site.variables
    const embedded = {
      AWS_ACCESS_KEY_ID,
      AWS_SECRET_ACCESS_KEY,
      MONGODB_URI: '',
      S3_BUCKET: '',
      S3_ENDPOINT: '',
      S3_PREFIX: '',
    }
    const root = 'path' in place.database ? place.database.path.replace(/\/keepsake\.db$/, '') : ''

    const { code, output } = await keepsake(['transfer', ...target], { ...embedded, DATA_DIR: root })
    await source.remove()

    expect(output).toMatch(/✓ Records: 1 copied, 0 already there\.\n✓ Objects: 1 copied and verified \(5 bytes\)/)
    expect(code).toBe(0)
    const server = machine.run(process.execPath, ['server/dist/main.js'], site.variables)
    const [, port] = await server.until(/"port":(\d+)/)
    expect(await (await fetch(`http://127.0.0.1:${port}/cdn/${key}`)).text()).toBe('hello')
  })
})
