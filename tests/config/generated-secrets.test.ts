import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeDataDir } from '@keepsake/shared/config/data-dir'
import { ensureAccessKeys, ensureJwtSecret } from '@keepsake/shared/config/generated-secrets'

const SECRET = `sk_${'a'.repeat(24)}`
const PUBLIC = `pk_${'b'.repeat(24)}`

describe('generated secrets', () => {
  let dataDir = ''

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'keepsake-data-'))
  })

  afterEach(() => rm(dataDir, { recursive: true }))

  async function modeOf(name: string): Promise<number> {
    return (await stat(join(dataDir, name))).mode & 0o777
  }

  test('are made once, and read by every later start', async () => {
    const first = await ensureAccessKeys(dataDir, {})
    const later = await ensureAccessKeys(dataDir, {})

    expect(first.secretKey).toMatch(/^sk_[0-9A-Za-z]{32}$/)
    expect(first.publicKey).toMatch(/^pk_[0-9A-Za-z]{32}$/)
    expect(first.isNew).toBe(true)
    expect(later).toEqual({ ...first, isNew: false })
  })

  test('stand in a file that a shell can source and only its owner can read', async () => {
    const { secretKey, publicKey } = await ensureAccessKeys(dataDir, {})

    expect(await readFile(join(dataDir, 'keys.env'), 'utf8')).toBe(
      `KEEPSAKE_SECRET_KEY=${secretKey}\nKEEPSAKE_PUBLIC_KEY=${publicKey}\n`,
    )
    expect(await modeOf('keys.env')).toBe(0o600)
    expect(await readdir(dataDir)).toEqual(['keys.env'])
  })

  test('are the same for all that start at once, and new for one of them', async () => {
    const starts = await Promise.all(Array.from({ length: 20 }, () => ensureAccessKeys(dataDir, {})))

    expect(new Set(starts.map(({ secretKey }) => secretKey)).size).toBe(1)
    expect(starts.filter(({ isNew }) => isNew)).toHaveLength(1)
    expect(await readdir(dataDir)).toEqual(['keys.env'])
  })

  test('are not made where a secret key is given: then only tokens upload', async () => {
    const keys = await ensureAccessKeys(dataDir, { secretKey: SECRET })

    expect(keys).toEqual({ secretKey: SECRET, isNew: false })
    expect(await readdir(dataDir)).toEqual([])
  })

  test('complete a public key that is given, which is not written down', async () => {
    const keys = await ensureAccessKeys(dataDir, { publicKey: PUBLIC })

    expect(keys).toMatchObject({ publicKey: PUBLIC, isNew: true })
    expect(await readFile(join(dataDir, 'keys.env'), 'utf8')).toBe(`KEEPSAKE_SECRET_KEY=${keys.secretKey}\n`)
  })

  test('are not replaced when their file is damaged', async () => {
    await writeFile(join(dataDir, 'keys.env'), 'KEEPSAKE_SECRET_KEY=sk_cut\n')
    await writeFile(join(dataDir, 'jwt.secret'), 'cut\n')

    await expect(ensureAccessKeys(dataDir, {})).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    await expect(ensureJwtSecret(dataDir, {})).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    expect(await readFile(join(dataDir, 'keys.env'), 'utf8')).toBe('KEEPSAKE_SECRET_KEY=sk_cut\n')
  })

  test('that cannot be stored are told by their file', async () => {
    const file = join(dataDir, 'keys.env')
    await mkdir(file)

    await expect(ensureAccessKeys(dataDir, {})).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `The file ${file} cannot be read or written (EISDIR).`,
    })
  })

  test('include one that signs tokens, unless it is given', async () => {
    const [first, second] = await Promise.all([ensureJwtSecret(dataDir, {}), ensureJwtSecret(dataDir, {})])
    const given = await ensureJwtSecret(dataDir, { jwtSecret: 'x'.repeat(32) })

    expect(Buffer.byteLength(first)).toBeGreaterThanOrEqual(32)
    expect(second).toBe(first)
    expect(given).toBe('x'.repeat(32))
    expect(await modeOf('jwt.secret')).toBe(0o600)
  })
})

describe('the data folder', () => {
  test('is made for its owner alone', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'keepsake-data-'))
    const dataDir = join(parent, 'deep', 'data')

    await makeDataDir(dataDir)
    await makeDataDir(dataDir)

    expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
    await rm(parent, { recursive: true })
  })

  test.each([
    ['/dev/null/data', 'ENOTDIR'],
    ['/dev/null', 'EEXIST'],
    // A folder that is there and takes no other: asked to make all of a path, Node tries without an end.
    ['/proc/keepsake/data', 'ENOENT'],
  ])('that cannot be made is told by its variable: %s', async (dataDir, reason) => {
    await expect(makeDataDir(dataDir)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `DATA_DIR ${dataDir} cannot be made or written (${reason}).`,
    })
  })

  test('may be made by several processes at once', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'keepsake-data-'))
    const dataDir = join(parent, 'deep', 'data')

    await Promise.all(Array.from({ length: 20 }, () => makeDataDir(dataDir)))

    expect((await stat(dataDir)).isDirectory()).toBe(true)
    await rm(parent, { recursive: true })
  })
})
