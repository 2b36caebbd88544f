import { CreateBucketCommand, DeleteBucketCommand, HeadBucketCommand } from '@aws-sdk/client-s3'
import { prepareBucket } from '@keepsake/cli/prepare-bucket'
import type { Terminal } from '@keepsake/cli/terminal'
import type { Finding } from '@keepsake/shared/operations/inspect/finding'
import { type Machine, startMachine } from '../support/processes.ts'
import { describeWithS3 } from '../support/s3-tests.ts'
import { plainS3, s3Variables, uniqueName } from '../support/services.ts'
import { type LifecycleServer, startLifecycleServer } from './lifecycle-server.ts'

const FOREIGN = `<Rule><ID>logs</ID><Prefix>logs/</Prefix><Status>Enabled</Status><Expiration><Days>30</Days></Expiration></Rule>`

describeWithS3('keepsake bucket setup', () => {
  const bucket = uniqueName()
  const s3 = plainS3()
  let machine: Machine
  let server: LifecycleServer

  beforeEach(async () => {
    machine = await startMachine()
    server = await startLifecycleServer(s3Variables().S3_ENDPOINT ?? '')
  })

  afterEach(async () => {
    await machine.clear()
    await server.close()
    await s3.send(new DeleteBucketCommand({ Bucket: bucket })).catch(() => undefined)
  })

  afterAll(() => s3.destroy())

  async function setUp(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
    const command = machine.run(process.execPath, ['cli/dist/main.js', 'bucket', 'setup', ...args], {
      ...s3Variables(),
      S3_BUCKET: bucket,
      ...variables,
    })
    return { code: await command.end(), output: command.output() }
  }

  const exists = () =>
    s3.send(new HeadBucketCommand({ Bucket: bucket })).then(
      () => true,
      () => false,
    )

  test('shows what it would change, and changes nothing, when it is told to', async () => {
    const { code, output } = await setUp(['--dry-run'])

    expect(output).toContain(`make the bucket ${bucket}`)
    expect(output).not.toContain('is ready')
    expect(code).toBe(0)
    expect(await exists()).toBe(false)
  })

  test('shows what it will change and does it, where nobody can be asked', async () => {
    const { code, output } = await setUp([])

    expect(output).toMatch(new RegExp(`make the bucket ${bucket}(.|\n)*is ready`))
    expect(code).toBe(0)
    expect(await exists()).toBe(true)
  })

  test('makes the bucket, says that the server has no lifecycle rules, and has nothing to do the second time', async () => {
    const first = await setUp(['--yes'])
    const second = await setUp(['--yes'])

    expect(first).toEqual({ code: 0, output: expect.stringMatching(/no lifecycle rules(.|\n)*is ready/) })
    expect(second).toEqual({ code: 0, output: expect.stringContaining('Nothing is to be changed') })
    expect(await exists()).toBe(true)
  })

  test('adds its rules to those of others, once, and changes them with the lifetimes they follow from', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: bucket }))
    server.rules = `<LifecycleConfiguration>${FOREIGN}</LifecycleConfiguration>`
    const variables = { S3_ENDPOINT: server.endpoint, S3_PREFIX: 'kept/' }

    const first = await setUp(['--yes'], variables)
    const rules = server.rules
    const second = await setUp([], variables)
    const third = await setUp(['--yes'], { ...variables, TEMP_TTL: '30d', UPLOAD_TIMEOUT: '3d' })

    expect(first.code).toBe(0)
    expect(second).toEqual({ code: 0, output: expect.stringContaining('Nothing is to be changed') })
    expect(third.output).toContain(
      'change the lifecycle rule "keepsake-temporary:kept/": remove kept/temp/ after 35 days',
    )
    expect(rulesIn(rules)).toEqual({
      logs: { prefix: 'logs/', days: '30', aborts: undefined },
      'keepsake-temporary:kept/': { prefix: 'kept/temp/', days: '7', aborts: undefined },
      'keepsake-multipart:kept/': { prefix: 'kept/', days: undefined, aborts: '2' },
    })
    expect(rulesIn(server.rules)).toEqual({
      logs: { prefix: 'logs/', days: '30', aborts: undefined },
      'keepsake-temporary:kept/': { prefix: 'kept/temp/', days: '35', aborts: undefined },
      'keepsake-multipart:kept/': { prefix: 'kept/', days: undefined, aborts: '4' },
    })
  })

  test('warns of a rule that removes files, and of versions that stay', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: bucket }))
    server.rules = `<LifecycleConfiguration>${FOREIGN.replaceAll('logs/', '')}</LifecycleConfiguration>`
    server.keepsVersions = true

    const { output } = await setUp(['--yes'], { S3_ENDPOINT: server.endpoint })

    expect(output).toContain('The lifecycle rule "logs" removes permanent files after 30 days')
    expect(output).toContain('keeps earlier versions')
    expect(Object.keys(rulesIn(server.rules))).toContain('logs')
  })

  test.each([
    ['yes', true],
    ['no', false],
  ])('asks a person, and does as they say: %s', async (_, answer) => {
    const asked: string[] = []
    const found: Finding[] = []
    const { S3_ENDPOINT: endpoint = '', S3_REGION: region = '' } = s3Variables()
    const terminal: Terminal = {
      isInteractive: true,
      print: () => undefined,
      show: () => undefined,
      complain: () => undefined,
      finding: (finding) => found.push(finding),
      confirm: async (question) => asked.push(question) > 0 && answer,
    }

    const code = await prepareBucket(
      { kind: 's3', bucket, region, endpoint, forcePathStyle: true, prefix: '', checksums: 'when_required' },
      { tempTtl: 1000, uploadTimeout: 1000 },
      terminal,
      'asked',
    )

    expect([code, asked.length, await exists()]).toEqual([answer ? 0 : 1, 1, answer])
  })

  test.each([
    [{ AWS_ACCESS_KEY_ID: 'nobody' }, 'S3 refused the credentials (InvalidAccessKeyId)'],
    [{ AWS_SECRET_ACCESS_KEY: 'wrong-secret' }, 'S3 refused the credentials (SignatureDoesNotMatch)'],
    [{ S3_ENDPOINT: 'http://127.0.0.1:1' }, 'out of reach'],
    [{ S3_BUCKET: 'Bad_Name' }, 'S3_BUCKET must be'],
  ])('says what is wrong with %j, without a secret', async (variables, sentence) => {
    const { code, output } = await setUp(['--yes'], variables)

    expect(code).toBe(1)
    expect(output).toContain(sentence)
    expect(output).not.toContain('wrong-secret')
    expect(output).not.toContain(s3Variables().AWS_SECRET_ACCESS_KEY)
    expect(output).not.toContain('    at ')
  })
})

/** What each rule of a configuration says, by its id. */
function rulesIn(xml = ''): Record<string, unknown> {
  const rules = [...xml.matchAll(/<Rule>(.*?)<\/Rule>/gs)].map(([, rule = '']) => {
    const [id = '', prefix, days, aborts] = ['ID', 'Prefix', 'Days', 'DaysAfterInitiation'].map(
      (name) => new RegExp(`<${name}>(.*?)</${name}>`).exec(rule)?.[1],
    )
    return [id, { prefix, days, aborts }] as const
  })
  return Object.fromEntries(rules)
}
