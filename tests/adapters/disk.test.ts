import { execFileSync } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { link, mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type DiskStorage, openDiskStorage } from '@keepsake/shared/adapters/disk/disk-storage'
import { objectPath } from '@keepsake/shared/adapters/disk/object-path'
import { describeStorage } from '../contracts/storage.contract.ts'
import { bodyOf, bytesOf, listAll } from '../support/objects.ts'

const KIB = 1024
const MIB = 1024 * KIB

let folder = ''
let root = ''

async function open(minFreeBytes = 0): Promise<DiskStorage> {
  return openDiskStorage({ root, minFreeBytes })
}

async function openEmpty(minFreeBytes?: number): Promise<DiskStorage> {
  folder = await mkdtemp(join(tmpdir(), 'keepsake-disk-'))
  root = join(folder, 'data', 'objects')
  return open(minFreeBytes)
}

async function removeAll(): Promise<void> {
  await rm(folder, { recursive: true, force: true })
}

describeStorage({ name: 'on disk', open: openEmpty, reopen: open, close: removeAll, skip: [] })

describe('the folder of objects', () => {
  let storage: DiskStorage

  beforeEach(async () => {
    storage = await openEmpty()
  })

  afterEach(removeAll)

  test('can be read by its owner only', async () => {
    await storage.put('temp/a', bodyOf(randomBytes(10)))

    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name))
      expect(mode & 0o777).toBe(entry.isDirectory() ? 0o700 : 0o600)
    }
    expect((await stat(root)).mode & 0o777).toBe(0o700)
  })

  test('may be opened again and again, and by two at once', async () => {
    await storage.put('temp/a', bodyOf(Buffer.from('here')))

    const [again] = await Promise.all([open(), open()])

    expect((await bytesOf(await again.open('temp/a'))).toString()).toBe('here')
  })

  test('keeps a copy without storing its bytes twice', async () => {
    await storage.put('temp/a', bodyOf(randomBytes(MIB)))

    await storage.copy('temp/a', 'uploads/a')

    const files = await Promise.all((await filesUnder(root)).map((file) => stat(file)))
    expect(files.map(({ ino }) => ino)).toEqual([files[0]?.ino, files[0]?.ino])
  })

  test('has no file left after everything was deleted', async () => {
    const long = 'x'.repeat(900)
    await storage.put('temp/a', bodyOf(randomBytes(10)))
    await storage.copy('temp/a', long)

    await storage.delete(['temp/a', long])

    expect(await filesUnder(root)).toEqual([])
  })

  test('is listed without the files of others', async () => {
    await storage.put('temp/a', bodyOf(randomBytes(10)))
    await writeFile(join(root, '00', '.DS_Store'), 'x')
    await writeFile(join(root, '00', `.nfs${'0'.repeat(64)}`), 'x')

    expect((await listAll(storage)).map(({ key }) => key)).toEqual(['temp/a'])
  })

  test('has different files for keys that differ in case only, also where file names do not', () => {
    const twins = ['k/Image.JPG', 'k/image.jpg', 'X'.repeat(900), 'x'.repeat(900)]

    const files = twins.map((key) => objectPath(root, key).file.toLowerCase())

    expect(new Set(files).size).toBe(4)
  })

  test('that cannot be made is told as a mistake in DATA_DIR', async () => {
    await writeFile(join(folder, 'file'), 'x')

    const opening = openDiskStorage({ root: join(folder, 'file', 'objects') })

    await expect(opening).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/^DATA_DIR.*file/),
    })
  })

  test('that is gone is an outage, never an object that is missing', async () => {
    await storage.put('temp/a', bodyOf(randomBytes(10)))
    await rename(root, `${root}-away`)

    await expect(storage.check()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(storage.open('temp/a')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(storage.size('temp/a')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(storage.copy('temp/a', 'uploads/a')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(storage.delete(['temp/a'])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(storage.list('')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(storage.put('temp/b', bodyOf(randomBytes(10)))).rejects.toMatchObject({ code: 'UNAVAILABLE' })

    await rename(`${root}-away`, root)
    await storage.check()
    expect(await storage.size('temp/a')).toBe(10)
  })
})

describe('putting on disk', () => {
  let storage: DiskStorage

  beforeEach(async () => {
    storage = await openEmpty()
  })

  afterEach(removeAll)

  test('leaves no file and no descriptor behind 300 puts that end at random', async () => {
    for (let round = 0; round < 30; round++) {
      const puts = Array.from({ length: 10 }, (_, index) => putAndBreak(storage, `temp/${round}-${index}`))
      expect(await Promise.all(puts)).toEqual(puts.map(() => 'rejected'))
    }

    expect(await filesUnder(root)).toEqual([])
    expect(descriptorsUnder(root)).toEqual([])
  })

  test('leaves no descriptor behind bodies that were broken before', async () => {
    const broken = new PassThrough().destroy()

    await expect(storage.put('temp/a', broken)).rejects.toThrow()

    expect(await filesUnder(root)).toEqual([])
    expect(descriptorsUnder(root)).toEqual([])
  })

  test('keeps many bytes that come one by one', async () => {
    const bytes = randomBytes(100_000)

    await storage.put('temp/a', Readable.from(oneByOne(bytes), { objectMode: true, highWaterMark: 1000 }))

    expect((await bytesOf(await storage.open('temp/a'))).equals(bytes)).toBe(true)
  })

  test('holds two batches of the body at most: what is being written, and what comes next', async () => {
    const body = Readable.from(endless())
    let seen = 0
    let held = 0
    const inspect = (chunk: Buffer) => {
      const [staged = ''] = readdirSync(join(root, 'staging'))
      held = Math.max(held, seen - statSync(join(root, 'staging', staged)).size)
      seen += chunk.length
      if (seen > 32 * MIB) throw new Error('Enough.')
    }

    await expect(storage.put('temp/a', body, { inspect })).rejects.toThrow('Enough.')

    expect(held).toBeGreaterThan(0)
    expect(held).toBeLessThanOrEqual(2 * 256 * KIB)
  })

  test('fails for a chunk that is no buffer', async () => {
    await expect(storage.put('temp/a', Readable.from(['text']))).rejects.toThrow(TypeError)

    expect(await filesUnder(root)).toEqual([])
    expect(descriptorsUnder(root)).toEqual([])
  })

  test('fails with the reason of its signal also while the bytes are flushed', async () => {
    const reason = new Error('Too slow.')
    const abort = new AbortController()
    const body = bodyOf(Buffer.alloc(0))
    const putting = storage.put('temp/a', body, { signal: abort.signal })
    body.on('end', () => abort.abort(reason))

    await expect(putting).rejects.toBe(reason)

    expect(await filesUnder(root)).toEqual([])
    expect(descriptorsUnder(root)).toEqual([])
  })

  test('fails when its staging file is taken away, and keeps nothing', async () => {
    const body = new PassThrough()
    const putting = storage.put('temp/a', body)
    body.write(randomBytes(MIB))
    await waitFor(async () => (await filesUnder(root)).length === 1)
    expect(await (await open()).clearStaging(new Date(Date.now() + 60_000))).toBe(1)

    body.end()

    await expect(putting).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await filesUnder(root)).toEqual([])
  })
})

describe('reading from disk', () => {
  let storage: DiskStorage

  beforeEach(async () => {
    storage = await openEmpty()
    await storage.put('small', bodyOf(randomBytes(256 * KIB)))
    await storage.put('large', bodyOf(randomBytes(4 * MIB)))
  })

  afterEach(removeAll)

  test('gives a small object, or a small part, as one buffer', async () => {
    const whole = await storage.open('small')
    const part = await storage.open('large', { start: MIB, end: MIB + 256 * KIB - 1 })

    expect([whole.body, part.body].every(Buffer.isBuffer)).toBe(true)
    expect(descriptorsUnder(root)).toEqual([])
  })

  test('closes the file when a stream ends, and when it is destroyed at any time', async () => {
    const ended = streamOf(await storage.open('large'))
    const untouched = streamOf(await storage.open('large'))
    const halfway = streamOf(await storage.open('large', { start: 5, end: 3 * MIB }))
    expect(descriptorsUnder(root)).toHaveLength(3)

    await buffer(ended)
    untouched.destroy()
    halfway.once('data', () => halfway.destroy())

    await waitFor(async () => descriptorsUnder(root).length === 0)
  })

  test('refuses a range outside of the object, and closes the file', async () => {
    await expect(storage.open('small', { start: 0, end: 256 * KIB })).rejects.toThrow(RangeError)
    await expect(storage.open('small', { start: 2, end: 1 })).rejects.toThrow(RangeError)
    await expect(storage.open('nothing')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })

    expect(descriptorsUnder(root)).toEqual([])
  })

  test('goes on while the object is deleted', async () => {
    const { size, body } = await storage.open('large')

    await storage.delete(['large'])

    await expect(storage.open('large')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' })
    expect(await bytesOf({ size, body })).toHaveLength(4 * MIB)
  })
})

describe('what killed processes left in staging', () => {
  let storage: DiskStorage

  beforeEach(async () => {
    storage = await openEmpty()
  })

  afterEach(removeAll)

  test('goes when it is old, and not before; objects stay', async () => {
    const long = 'x'.repeat(900)
    const hourAgo = new Date(Date.now() - 3_600_000)
    await storage.put('temp/a', bodyOf(randomBytes(10)))
    await storage.copy('temp/a', long)
    await writeFile(join(root, 'staging', 'old'), 'x')
    await writeFile(join(root, 'staging', 'young'), 'x')
    await utimes(join(root, 'staging', 'old'), hourAgo, hourAgo)
    const restarted = await open()
    expect(await filesUnder(join(root, 'staging'))).toHaveLength(2)

    expect(await restarted.clearStaging(new Date(Date.now() - 1_800_000))).toBe(1)

    expect(await filesUnder(join(root, 'staging'))).toEqual([join(root, 'staging', 'young')])
    expect(await storage.size('temp/a')).toBe(10)
    expect(await storage.size(long)).toBe(10)
  })
})

describe('copying on disk', () => {
  let storage: DiskStorage

  beforeEach(async () => {
    storage = await openEmpty()
  })

  afterEach(removeAll)

  test('stores the bytes once more when the file has all the links it can have', async () => {
    const bytes = randomBytes(MIB)
    await storage.put('temp/a', bodyOf(bytes))
    const [file = ''] = await filesUnder(root)
    if (!(await useUpLinks(file, join(folder, 'links')))) return

    await Promise.all([storage.copy('temp/a', 'uploads/a'), storage.copy('temp/a', 'uploads/a')])
    await storage.copy('temp/a', 'uploads/a')

    expect((await bytesOf(await storage.open('uploads/a'))).equals(bytes)).toBe(true)
    const files = await filesUnder(root)
    expect(files).toHaveLength(2)
    expect((await Promise.all(files.map((path) => stat(path)))).map(({ mode }) => mode & 0o777)).toEqual([0o600, 0o600])
  })
})

describe('a disk without room', () => {
  afterEach(removeAll)

  test('is kept free from the reserve on: puts are refused unread, the rest works', async () => {
    const storage = await openEmpty()
    await storage.put('temp/a', bodyOf(randomBytes(10)))
    const full = await open(Number.MAX_SAFE_INTEGER)
    const body = bodyOf(randomBytes(10))
    let seen = 0

    const putting = full.put('temp/b', body, { inspect: () => seen++ })

    await expect(putting).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    expect(seen).toBe(0)
    expect(body.destroyed).toBe(true)
    await full.put('.mark', bodyOf(randomBytes(10)), { usesReserve: true })
    await full.delete(['.mark'])
    await full.copy('temp/a', 'uploads/a')
    expect(await full.size('uploads/a')).toBe(10)
    await full.delete(['temp/a', 'uploads/a'])
    await full.check()
    expect(await filesUnder(root)).toEqual([])
  })

  const small = mountOf('size=1000k')
  small('refuses what does not fit with STORAGE_FULL, and has its room back', async (mounted) => {
    const storage = await openDiskStorage({ root: join(mounted, 'objects'), minFreeBytes: 0 })
    for (let round = 0; round < 5; round++) {
      await expect(storage.put('temp/big', bodyOf(randomBytes(2 * MIB)))).rejects.toMatchObject({
        code: 'STORAGE_FULL',
      })
    }

    expect(await filesUnder(mounted)).toEqual([])
    expect(descriptorsUnder(mounted)).toEqual([])
    const bytes = randomBytes(600 * KIB)
    await storage.put('temp/fits', bodyOf(bytes))
    expect((await bytesOf(await storage.open('temp/fits'))).equals(bytes)).toBe(true)
  })

  small('keeps 5 % free when nothing else was said', async (mounted) => {
    const storage = await openDiskStorage({ root: join(mounted, 'objects') })

    await storage.put('temp/a', bodyOf(randomBytes(10)))
    await writeFile(join(mounted, 'filler'), randomBytes(970 * KIB))
    const another = await openDiskStorage({ root: join(mounted, 'objects') })

    await expect(another.put('temp/b', bodyOf(randomBytes(10)))).rejects.toMatchObject({ code: 'STORAGE_FULL' })
  })

  small('that is read-only refuses writing, and still reads', async (mounted) => {
    const storage = await openDiskStorage({ root: join(mounted, 'objects'), minFreeBytes: 0 })
    await storage.put('temp/a', bodyOf(randomBytes(10)))
    execFileSync('mount', ['-o', 'remount,ro', mounted])

    await expect(storage.check()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(storage.put('temp/b', bodyOf(randomBytes(10)))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(storage.copy('temp/a', 'uploads/a')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(storage.delete(['temp/a'])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await storage.size('temp/a')).toBe(10)
    await expect(openDiskStorage({ root: join(mounted, 'objects') })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('read-only'),
    })
  })
})

/** Puts a body that breaks in one of the ways bodies do, at a random time. */
async function putAndBreak(storage: DiskStorage, key: string): Promise<PromiseSettledResult<void>['status']> {
  const body = new PassThrough()
  const abort = new AbortController()
  const breakages = [
    () => body.destroy(new Error('The line broke.')),
    () => body.destroy(),
    () => abort.abort(new Error('Too slow.')),
    () => body.end(),
  ]
  const kind = randomInt(breakages.length + 1)
  let left = kind === breakages.length ? randomInt(2 * MIB) : Number.POSITIVE_INFINITY
  const inspect = (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) throw new Error('Refused.')
  }
  const putting = storage.put(key, body, { signal: abort.signal, size: 3 * MIB, inspect })
  const settled = putting.then(
    () => 'fulfilled' as const,
    () => 'rejected' as const,
  )
  const steps = randomInt(40)
  for (let step = 0; step < steps && !body.destroyed; step++) {
    body.write(randomBytes(randomInt(1, 100 * KIB)))
    if (step % 3 === 0) await new Promise(setImmediate)
  }
  if (!body.destroyed) (breakages[kind] ?? (() => body.destroy()))()
  return settled
}

/** A test on a small file system of its own; skipped, with a word, where this user may not mount one. */
function mountOf(options: string) {
  return (sentence: string, proof: (mounted: string) => Promise<void>) => {
    test(sentence, async () => {
      const mounted = await mkdtemp(join(tmpdir(), 'keepsake-mount-'))
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', mounted], { stdio: 'ignore' })
      } catch {
        console.warn(`Skipped "${sentence}": this user may not mount a file system.`)
        await rm(mounted, { recursive: true })
        return
      }
      try {
        await proof(mounted)
      } finally {
        execFileSync('umount', ['-l', mounted])
        await rm(mounted, { recursive: true })
      }
    })
  }
}

/** Makes links until the file system refuses one; tells whether it ever did. */
async function useUpLinks(file: string, into: string): Promise<boolean> {
  await mkdir(into)
  for (let made = 0; made < 70_000; made += 100) {
    const names = Array.from({ length: 100 }, (_, index) => join(into, String(made + index)))
    const links = await Promise.allSettled(names.map((name) => link(file, name)))
    if (links.some(({ status }) => status === 'rejected')) return true
  }
  console.warn('Skipped: this file system does not limit links.')
  return false
}

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(64 * KIB)
}

async function* oneByOne(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1)
}

function streamOf({ body }: { body: Readable | Uint8Array }): Readable {
  if (body instanceof Readable) return body
  throw new Error('The object came whole.')
}

async function filesUnder(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

/** The files under `path` that this process has open; none where the system does not tell. */
function descriptorsUnder(path: string): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${descriptor}`)
      return target.startsWith(path) ? [target] : []
    } catch {
      // The descriptor of the listing itself is closed by now.
      return []
    }
  })
}

/** Waits for something that the system does in its own time, 5 s at most. */
async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('It did not happen within 5 s.')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
