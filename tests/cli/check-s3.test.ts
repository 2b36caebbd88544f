import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { type Machine, startMachine } from '../support/processes.ts'
import { emptyPrefix } from '../support/production-site.ts'
import { describeWithS3 } from '../support/s3-tests.ts'
import { plainS3, s3Variables, TEST_BUCKET, uniqueName } from '../support/services.ts'
import { type LifecycleServer, startLifecycleServer } from './lifecycle-server.ts'

const rule = (prefix: string, days: number, rest = '') =>
  `<Rule><ID>found</ID><Filter><Prefix>${prefix}</Prefix></Filter><Status>Enabled</Status><Expiration><Days>${days}</Days></Expiration>${rest}</Rule>`

describeWithS3('keepsake check with a bucket', () => {
  const prefix = `${uniqueName()}/`
  const s3 = plainS3()
  let machine: Machine
  let server: LifecycleServer

  beforeAll(() => s3.send(new CreateBucketCommand({ Bucket: TEST_BUCKET })).catch(() => undefined))

  beforeEach(async () => {
    machine = await startMachine()
    server = await startLifecycleServer(s3Variables().S3_ENDPOINT ?? '')
  })

  afterEach(async () => {
    await machine.clear()
    await server.close()
  })

  afterAll(async () => {
    await emptyPrefix(s3, prefix)
    s3.destroy()
  })

  async function check(variables: Readonly<Record<string, string>> = {}) {
    const all = { ...s3Variables(), S3_PREFIX: prefix, ...variables }
    const command = machine.run(process.execPath, ['cli/dist/main.js', 'check'], all)
    return { code: await command.end(), output: command.output() }
  }

  test('proves the permissions, and says that the server has no lifecycle rules', async () => {
    const { code, output } = await check()

    expect(output).toContain('✓ Permissions')
    expect(output).toContain('· Lifecycle rules: This server has none')
    expect(code).toBe(0)
  })

  test.each([
    ['none', '', '· Lifecycle rules: None for temporary files'],
    ['one that is right', rule('{p}temp/', 7), '✓ Lifecycle rules'],
    ['one that is right, of a longer prefix', rule('{p}temp/temp_a', 7), '· Lifecycle rules: None'],
    ['one of another prefix', rule('logs/', 1), '· Lifecycle rules: None'],
    [
      'one that is too early',
      rule('{p}temp/', 1),
      '✗ Lifecycle rules: The lifecycle rule "found" removes temporary files after a day',
    ],
    [
      'one for everything',
      rule('', 365),
      '✗ Lifecycle rules: The lifecycle rule "found" removes permanent files after 365 days',
    ],
    [
      'one for permanent files',
      rule('{p}uploads/', 9),
      '✗ Lifecycle rules: The lifecycle rule "found" removes permanent files',
    ],
    ['one that is off', rule('', 1).replace('Enabled', 'Disabled'), '· Lifecycle rules: None'],
    [
      'one for tags',
      rule('', 1).replace(/<Filter>.*<.Filter>/, '<Filter><Tag><Key>a</Key><Value>b</Value></Tag></Filter>'),
      '· Lifecycle rules: None',
    ],
    [
      'one that archives',
      rule('{p}x', 1).replace(
        /<Exp.*tion>/,
        '<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>',
      ),
      '✗ Lifecycle rules: The lifecycle rule "found" archives',
    ],
    [
      'one that aborts too early',
      rule('x', 1)
        .replace(/<Filter>.*<.Filter>/, '<Filter/>')
        .replace(
          /<Exp.*tion>/,
          '<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>',
        ),
      '✗ Lifecycle rules: The lifecycle rule "found" aborts multipart uploads after a day',
    ],
  ])('judges lifecycle rules: %s', async (_, rules, sentence) => {
    server.rules = `<LifecycleConfiguration>${rules.replaceAll('{p}', prefix)}</LifecycleConfiguration>`

    const { code, output } = await check({ S3_ENDPOINT: server.endpoint, UPLOAD_TIMEOUT: '20h' })

    expect(output).toContain(sentence)
    expect(code).toBe(sentence.startsWith('✗') ? 1 : 0)
  })

  test.each([
    [{ AWS_ACCESS_KEY_ID: 'nobody' }, '✗ Storage: S3 refused the credentials (InvalidAccessKeyId).'],
    [{ AWS_SECRET_ACCESS_KEY: 'wrong-secret' }, '✗ Storage: S3 refused the credentials (SignatureDoesNotMatch).'],
    [{ S3_BUCKET: 'keepsake-no-such-bucket' }, '✗ Storage: The bucket keepsake-no-such-bucket does not exist'],
    [{ S3_ENDPOINT: 'http://127.0.0.1:1' }, '✗ Storage: '],
  ])('says what is wrong with %j, without a secret', async (variables, sentence) => {
    const { code, output } = await check(variables)

    expect(output).toContain(sentence)
    expect(code).toBe(1)
    expect(output).not.toContain('wrong-secret')
    expect(output).not.toContain('    at ')
  })
})
