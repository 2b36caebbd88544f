import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@keepsake/shared/config/config'

const SECRET = `sk_${'a'.repeat(24)}`

describe('a secret that is given as a file', () => {
  let folder = ''

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keepsake-secrets-'))
  })

  afterEach(() => rm(folder, { recursive: true }))

  async function fileWith(content: string): Promise<string> {
    const file = join(folder, 'secret')
    await writeFile(file, content)
    return file
  }

  test('is read without the line end that editors add', async () => {
    const { secrets } = readConfig({ KEEPSAKE_SECRET_KEY_FILE: await fileWith(`${SECRET}\r\n`) })

    expect(secrets.secretKey).toBe(SECRET)
  })

  test.each(['KEEPSAKE_SECRET_KEY', 'KEEPSAKE_PUBLIC_KEY', 'JWT_SECRET', 'JWT_SECRET_PREVIOUS', 'MONGODB_URI'])(
    '%s_FILE is read, and what is wrong in it is not shown',
    async (name) => {
      const file = await fileWith('hunter2')

      expect(() => readConfig({ [`${name}_FILE`]: file })).toThrow(new RegExp(`^${name}_FILE must [^\n]*[.]$`))
      expect(() => readConfig({ [`${name}_FILE`]: file })).not.toThrow(/hunter2/)
    },
  )

  test('must not be given as a value too', async () => {
    const file = await fileWith(SECRET)

    expect(() => readConfig({ KEEPSAKE_SECRET_KEY: SECRET, KEEPSAKE_SECRET_KEY_FILE: file })).toThrow(
      'KEEPSAKE_SECRET_KEY and KEEPSAKE_SECRET_KEY_FILE are both set; keep one of them.',
    )
  })

  test('must be there and hold something', async () => {
    const empty = await fileWith('\n')

    expect(() => readConfig({ JWT_SECRET_FILE: join(folder, 'missing') })).toThrow(
      'JWT_SECRET_FILE names a file that cannot be read (ENOENT).',
    )
    expect(() => readConfig({ JWT_SECRET_FILE: folder })).toThrow(
      'JWT_SECRET_FILE names a file that cannot be read (EISDIR).',
    )
    expect(() => readConfig({ JWT_SECRET_FILE: empty })).toThrow('JWT_SECRET_FILE names a file that is empty.')
  })
  test('must end: as much as 64 KiB are read', async () => {
    const longest = 'x'.repeat(64 * 1024)

    expect(readConfig({ JWT_SECRET_FILE: await fileWith(longest) }).secrets.jwtSecret).toBe(longest)
    for (const path of [await fileWith(`${longest}x`), '/dev/zero']) {
      expect(() => readConfig({ JWT_SECRET_FILE: path })).toThrow('JWT_SECRET_FILE names a file with more than 64 KiB.')
    }
  })
})
