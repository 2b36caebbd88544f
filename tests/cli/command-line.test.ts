import { type Machine, startMachine } from '../support/processes.ts'

let machine: Machine

beforeEach(async () => {
  machine = await startMachine()
})

afterEach(() => machine.clear())

async function keepsake(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const command = machine.run(process.execPath, ['cli/dist/main.js', ...args], variables)
  return { code: await command.end(), output: command.output() }
}

describe('the command line', () => {
  test('shows what there is, and the options of each command', async () => {
    const overview = await keepsake(['--help'])
    const names = ['check', 'bucket setup', 'setup', 'transfer']

    expect(overview.code).toBe(0)
    for (const name of names) {
      const { code, output } = await keepsake([...name.split(' '), '--help'])
      expect(overview.output).toContain(`  ${name} `)
      expect([code, output]).toEqual([0, expect.stringContaining(`Usage: npm run keepsake -- ${name} [options]`)])
    }
    expect((await keepsake(['transfer', '--help'])).output).toContain('--bucket …')
  })

  test.each([
    [[], 'Usage:'],
    [['chek'], 'There is no such command.'],
    [['bucket'], 'There is no such command.'],
    [['constructor'], 'There is no such command.'],
    [['check', '--wrker'], "Unknown option '--wrker'"],
    [['check', '--worker=yes'], "Option '--worker' does not take an argument"],
    [['check', 'it'], "Unexpected argument 'it'"],
    [['bucket', 'setup', '-y'], "Unknown option '-y'"],
    [['bucket', 'setup'], 'S3_BUCKET is not set'],
    [['transfer'], 'Say where to'],
    [['transfer', '--to'], "Option '--to <value>' argument missing"],
    [['transfer', '--to', ''], '--to is empty'],
    [['transfer', '--to', 'a', '--to-file', 'b'], 'not both'],
    [['transfer', '--to', 'a', '--region', 'eu-central-1'], '--region needs --bucket'],
    [['transfer', '--to', 'mongodb://u:pass-word@host'], '--to must name the database'],
    [['transfer', '--to', 'mysql://u:pass-word@host/db'], '--to must be like mongodb://'],
    [['transfer', '--to-file', '/no/such/file'], '--to-file names a file that cannot be read'],
    [['transfer', '--bucket', 'Bad_Name'], '--bucket must be'],
    [['transfer', '--bucket', 'good-name', '--endpoint', 'ftp://x'], '--endpoint must begin with http'],
  ])('refuses %j as wrong usage', async (args, sentence) => {
    const { code, output } = await keepsake(args)

    expect(output).toContain(sentence)
    expect(output).not.toContain('pass-word')
    expect(output).not.toContain('    at ')
    expect(code).toBe(2)
  })

  test('reports every problem of the configuration at once', async () => {
    const { code, output } = await keepsake(['check'], { PORT: 'http', TEMP_TTL: 'soon', JWT_SECRET: 'short' })

    expect(code).toBe(1)
    expect(output.match(/^✗ Configuration: (PORT|TEMP_TTL|JWT_SECRET) must .*$/gm)).toHaveLength(3)
    expect(output).not.toContain('short')
  })

  test('writes no colours into a file', async () => {
    expect((await keepsake(['check'])).output).not.toContain('\u001b')
  })
})

describe('keepsake setup', () => {
  test('makes keys and the secret, and shows new keys once', async () => {
    const first = await keepsake(['setup'])
    const second = await keepsake(['setup'])

    expect([first.code, second.code]).toEqual([0, 0])
    expect(first.output).toMatch(/secret key .*sk_\w{32}\n.*public key .*pk_\w{32}/)
    expect(second.output).not.toMatch(/[sp]k_\w{32}/)
  })

  test('makes them once when several run at once', async () => {
    const runs = await Promise.all(Array.from({ length: 5 }, () => keepsake(['setup'])))

    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0])
    expect(runs.filter(({ output }) => /sk_\w{32}/.test(output))).toHaveLength(1)
  })

  test('runs before there is the secret that everything else needs with MongoDB', async () => {
    const variables = {
      MONGODB_URI: 'mongodb://nowhere.invalid/keepsake',
      JWT_SECRET_FILE: `${machine.dataDir}/jwt.secret`,
    }

    expect((await keepsake(['check', '--worker'], variables)).output).toContain('JWT_SECRET_FILE names a file')
    expect((await keepsake(['setup'], variables)).code).toBe(0)
    expect((await keepsake(['check', '--worker'], variables)).output).not.toContain('JWT_SECRET_FILE')
  })
})
