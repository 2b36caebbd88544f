import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import { type Asset, isDead, keysOf, usedKeys } from '@keepsake/shared/domain/asset'
import type { SecretPrincipal } from '@keepsake/shared/domain/principal'
import { createFromText } from '@keepsake/shared/operations/assets/create-asset'
import { deleteAsset } from '@keepsake/shared/operations/assets/delete-asset'
import { runUpkeep } from '@keepsake/shared/operations/upkeep/run-upkeep'
import { type Machine, startMachine } from '../support/processes.ts'
import { productionSite } from '../support/production-site.ts'
import { plainS3 } from '../support/services.ts'
import { DAY } from '../support/store.ts'
import type { StorePlace } from '../support/store-place.ts'
import { type End, openEnd } from './ends.ts'

const ASSETS = 300

/** Assets of 20 kB, each with another content. */
async function createMany({ context }: End, owner: SecretPrincipal): Promise<void> {
  const texts = Array.from({ length: ASSETS }, (_, index) => `${index}`.padEnd(20_000, '.'))
  const entry = (index: number) => ({ folder: '', name: `${index}.txt`, said: {} })
  await Promise.all(texts.map((text, index) => createFromText(context, owner, text, entry(index))))
}

/** Where a transfer goes. */
interface Target {
  /** How it is called, and how it starts. */
  readonly args: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  readonly place: StorePlace
  countObjects(): Promise<number>
  remove(): Promise<void>
}

function placeIn(root: string): StorePlace {
  return {
    database: { kind: 'sqlite', path: join(root, 'keepsake.db') },
    storage: { kind: 'disk', root: join(root, 'objects'), bucket: 'keepsake', minFreeBytes: 0 },
    files: () => readdir(join(root, 'objects')),
    remove: async () => undefined,
  }
}

async function folderTarget(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-target-'))
  return {
    args: ['--to', folder],
    variables: { DATA_DIR: folder },
    place: placeIn(folder),
    async countObjects() {
      const names = await readdir(join(folder, 'objects'), { recursive: true }).catch(() => [])
      return names.filter((name) => name.includes('.uploads%2F')).length
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

async function productionTarget(): Promise<Target> {
  const { variables, remove } = await productionSite()
  const { MONGODB_URI: uri = '', S3_BUCKET: bucket = '', S3_PREFIX: prefix = '' } = variables
  const { S3_ENDPOINT: endpoint = '', S3_REGION: region = '' } = variables
  const options = { to: uri, bucket, prefix, endpoint, region }
  const s3 = plainS3()
  return {
    args: Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    variables,
    place: {
      database: { kind: 'mongodb', uri },
      storage: { kind: 's3', bucket, prefix, endpoint, region, forcePathStyle: true, checksums: 'when_required' },
      files: async () => [],
      remove: async () => undefined,
    },
    async countObjects() {
      const listing = new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}uploads/` })
      return (await s3.send(listing)).KeyCount ?? 0
    },
    async remove() {
      s3.destroy()
      await remove()
    },
  }
}

const hasServices = Boolean(process.env.TEST_MONGODB_URI && process.env.TEST_S3_ENDPOINT)
const isProductionWanted = hasServices || process.env.REQUIRE_SERVICES === '1'
const TARGETS: [string, () => Promise<Target>][] = [
  ['to a folder', folderTarget],
  ...(isProductionWanted ? [['to MongoDB and S3', productionTarget] satisfies [string, () => Promise<Target>]] : []),
]
if (!isProductionWanted)
  test.skip('a transfer to MongoDB and S3 that is killed (skipped: TEST_MONGODB_URI or TEST_S3_ENDPOINT is not set)', () => {})

describe.each(TARGETS)('a transfer %s', (_, open) => {
  let machine: Machine
  let to: Target

  beforeEach(async () => {
    machine = await startMachine()
    to = await open()
  })

  afterEach(async () => {
    await machine.clear()
    await to.remove()
  })

  /** Looks at an end as it is now. */
  async function within<T>(place: StorePlace, look: (end: End) => Promise<T>): Promise<T> {
    const end = await openEnd(place)
    try {
      return await look(end)
    } finally {
      await end.remove()
    }
  }

  const from = () => placeIn(machine.dataDir)

  function transfer() {
    const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = to.variables
    const credentials = { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }
    return machine.run(process.execPath, ['cli/dist/main.js', 'transfer', ...to.args], credentials)
  }

  /** Waits until the target has so many objects. */
  async function untilThere(objects: number): Promise<void> {
    const deadline = Date.now() + 20_000
    while ((await to.countObjects()) < objects) {
      if (Date.now() > deadline) throw new Error(`The target never got ${objects} objects.`)
      await setTimeout(1)
    }
  }

  /** Kills the transfer once so many objects are there. */
  async function killAt(objects: number): Promise<void> {
    const running = transfer()
    await untilThere(objects)
    running.send('SIGKILL')
    expect(await running.end()).toBe('SIGKILL')
  }

  /** What the target promises at any time. */
  async function expectPromises({ assets, keys, context }: End): Promise<readonly Asset[]> {
    const [records, stored] = [await assets(), await keys()]
    const led = new Set(records.flatMap(keysOf))
    expect(stored.filter((key) => !led.has(key))).toEqual([])
    const shown = records.filter((asset) => !isDead(asset) && asset.state !== 'uploading')
    for (const asset of shown) expect(await context.storage.size(asset.key ?? '')).toBe(asset.content?.size)
    return shown
  }

  test('that is killed again and again keeps its promises, is not started on, and goes on where it was', async () => {
    await within(from(), async (source) => {
      await createMany(source, await source.begin())
    })

    let before = 0
    for (const objects of [20, 90, 160]) {
      await killAt(objects)
      const shown = await within(to.place, expectPromises)
      expect(shown.length).toBeGreaterThan(before)
      expect(shown.length).toBeLessThan(ASSETS)
      before = shown.length
    }
    const server = machine.run(process.execPath, ['server/dist/main.js'], to.variables)
    expect(await server.end()).toBe(1)
    expect(server.output()).toContain('A transfer to this database has not ended')

    const onward = machine.run(
      process.execPath,
      ['cli/dist/main.js', 'transfer', '--to', join(machine.dataDir, 'onward')],
      to.variables,
    )
    expect(await onward.end()).toBe(1)
    expect(onward.output()).toMatch(/A transfer to .* has not ended; run that one first\./)

    const removed = await within(to.place, async ({ assets }) =>
      (await assets()).find(({ state }) => state === 'persisted'),
    )
    await within(from(), async (source) => {
      await deleteAsset(source.context, await source.begin(), removed?.id ?? '')
      for (const pause of [0, 20 * DAY]) {
        source.wait(pause)
        await runUpkeep(source.context, new AbortController().signal)
      }
    })
    const last = transfer()
    expect(await last.end()).toBe(0)
    expect(last.output()).toMatch(/✓ Target: It is complete/)

    const source = await within(from(), async ({ assets, keys }) => [await assets(), await keys()])
    const target = await within(to.place, async ({ assets, keys }) => [await assets(), await keys()])
    expect(target).toEqual(source)
    expect(source[0]).toHaveLength(ASSETS - 1)
    expect(await transfer().end()).toBe(0)
  }, 120_000)

  test('that is interrupted says how to go on', async () => {
    await within(from(), async (source) => {
      await createMany(source, await source.begin())
    })
    const running = transfer()
    await untilThere(5)
    running.send('SIGINT')

    expect(await running.end()).toBe(1)
    expect(running.output()).toContain('Interrupted; run it again to go on.')
    expect(running.output()).not.toContain('    at ')
    expect((await within(to.place, expectPromises)).flatMap(usedKeys).length).toBeGreaterThan(0)
  })
})
