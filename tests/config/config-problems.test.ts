import { readConfig } from '@keepsake/shared/config/config'
import { isCode } from '@keepsake/shared/domain/errors'

const SECRET = `sk_${'a'.repeat(24)}`
const PUBLIC = `pk_${'b'.repeat(24)}`

/** The problems that a start with these variables reports. */
function problemsOf(variables: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(variables)
    return []
  } catch (error) {
    if (!isCode(error, 'CONFIG_INVALID')) throw error
    return error.message.split('\n')
  }
}

describe('a variable that is wrong', () => {
  test.each([
    ['BIND', 'not a host'],
    ['BIND', '256.1.1.1'],
    ['PORT', 'http'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PUBLIC_URL', 'files.example.com'],
    ['PUBLIC_URL', 'ftp://files.example.com'],
    ['PUBLIC_URL', 'https://files.example.com/?a=b'],
    ['CDN_BASE_URL', 'https://cdn.example.com/asset'],
    ['CDN_BASE_URL', 'https://cdn.example.com/Asset/files'],
    ['CDN_BASE_URL', 'https://cdn.example.com/project'],
    ['CDN_BASE_URL', 'https://cdn.example.com/health/'],
    ['CDN_BASE_URL', 'https://cdn.example.com/api/v1'],
    ['CDN_BASE_URL', 'https://cdn.example.com/console'],
    ['CDN_BASE_URL', 'https://cdn.example.com/cdn/uploads'],
    ['CDN_BASE_URL', 'https://cdn.example.com/cdn/files/a/'],
    ['CDN_BASE_URL', 'https://cdn.example.com/a%2fb'],
    ['CDN_BASE_URL', 'https://cdn.example.com//a'],
    ['CDN_BASE_URL', '/cdn'],
    ['MONGODB_URI', 'postgres://db'],
    ['MONGODB_URI', 'mongodb://db'],
    ['MONGODB_URI', 'mongodb://db:27017/?replicaSet=rs0'],
    ['MONGODB_URI', 'mongodb:///keepsake'],
    ['MONGODB_URI', 'mongodb://db/admin'],
    ['MONGODB_URI', 'mongodb://db/local'],
    ['MONGODB_URI', 'mongodb://db/keep$ake'],
    ['MONGODB_URI', 'mongodb://db/keep.sake'],
    ['MONGODB_URI', 'mongodb://db/keep%2Fsake'],
    ['MONGODB_URI', 'mongodb://db/keep%20sake'],
    ['MONGODB_URI', 'mongodb://db/keep%00sake'],
    ['MONGODB_URI', 'mongodb://db/keep%zzsake'],
    ['MONGODB_URI', `mongodb://db/${'k'.repeat(64)}`],
    ['MONGODB_URI', `mongodb://db/${'%C3%A4'.repeat(32)}`],
    ['MONGODB_URI', 'mongodb://user:pass/word@db'],
    ['MONGODB_URI', 'mongodb://user:pass?word@db/keepsake'],
    ['MONGODB_URI', 'mongodb://user:pass/wo?rd@db/keepsake'],
    ['S3_BUCKET', 'Has Blanks'],
    ['S3_BUCKET', 'a'],
    ['S3_REGION', 'eu central'],
    ['S3_ENDPOINT', 'localhost:9000'],
    ['S3_FORCE_PATH_STYLE', 'yes'],
    ['S3_PREFIX', '/files'],
    ['S3_PREFIX', 'a//b'],
    ['S3_PREFIX', 'a/../b'],
    ['S3_PREFIX', '..'],
    ['S3_CHECKSUMS', 'always'],
    ['S3_SSE', 'a b'],
    ['S3_SSE', 'aes256'],
    ['S3_SSE', 'AES256,aws:kms'],
    ['S3_SSE', '1234abcd-12ab-34cd-56ef-1234567890ab'],
    ['S3_SSE', 'arn:aws:s3:::my-files'],
    ['S3_SSE', 'arn:aws:kms:eu-central-1:111122223333:1234abcd'],
    ['S3_STORAGE_CLASS', 'standard'],
    ['KEEPSAKE_SECRET_KEY', 'sk_short'],
    ['KEEPSAKE_SECRET_KEY', PUBLIC],
    ['KEEPSAKE_PUBLIC_KEY', SECRET],
    ['KEEPSAKE_PUBLIC_KEY', `pk_${'b'.repeat(23)}`],
    ['JWT_SECRET', 'x'.repeat(31)],
    ['JWT_SECRET_PREVIOUS', 'short'],
    ['MAX_UPLOAD_BYTES', '100m'],
    ['MAX_UPLOAD_BYTES', '1.5gb'],
    ['MAX_UPLOAD_BYTES', '-1'],
    ['MAX_UPLOAD_BYTES', '0'],
    ['MAX_UPLOAD_BYTES', '9999999999gb'],
    ['ALLOWED_TYPES', 'image'],
    ['ALLOWED_TYPES', '*/png'],
    ['ALLOWED_TYPES', ','],
    ['UPLOAD_TIMEOUT', '0s'],
    ['UPLOAD_TIMEOUT', '8d'],
    ['IDLE_TIMEOUT', '60'],
    ['TEMP_TTL', '0s'],
    ['TEMP_TTL', '500ms'],
    ['PERSIST_LEASE', '0s'],
    ['PURGE_DELAY', '-1d'],
    ['UPKEEP_CRON', 'every minute'],
    ['UPKEEP_CRON', '* * * *'],
    ['UPKEEP_CRON', '* * * * * * *'],
    ['UPKEEP_CRON', '* * * * $'],
    ['UPKEEP_CRON', '60 * * * *'],
    ['UPKEEP_CRON', '60 * * * * *'],
    ['UPKEEP_CRON', '* 5-24 * * *'],
    ['UPKEEP_CRON', '* * 0 * *'],
    ['UPKEEP_CRON', '* * * 1,13 *'],
    ['UPKEEP_CRON', '*/0 * * * *'],
    ['UPKEEP_CRON', 'a b c d e'],
    ['ASSETS_API_REQUESTS_PER_MINUTE', 'none'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '1'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', 'proxy.example.com'],
    ['CORS_ORIGINS', 'app.example.com'],
    ['CORS_ORIGINS', 'https://app.example.com/path'],
    ['CORS_ORIGINS', 'https://*.example.com'],
    ['TEMP_BYTES_PER_PROJECT', 'much'],
    ['TEMP_ASSETS_PER_PROJECT', '1k'],
    ['UPLOADS_PER_MINUTE_PER_IP', '-5'],
    ['MIN_FREE_BYTES', '5%'],
    ['DRAIN_DELAY', '5'],
    ['SHUTDOWN_TIMEOUT', '2d'],
    ['LOG_LEVEL', 'loud'],
  ])('%s=%s is one problem, in one sentence that begins with its name', (name, value) => {
    const problems = problemsOf({ [name]: value })

    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(new RegExp(`^${name} (may|must|is) .*[.]$`))
  })

  test('is reported together with all others', () => {
    const problems = problemsOf({
      PORT: 'x',
      MAX_UPLOAD_BYTES: 'x',
      TEMP_TTL: 'x',
      S3_BUCKET: 'My Files',
      JWT_SECRET: 'x',
    })

    expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual([
      'JWT_SECRET',
      'MAX_UPLOAD_BYTES',
      'PORT',
      'S3_BUCKET',
      'TEMP_TTL',
    ])
  })

  test('is told also when it is missing: a secret that several servers must share, a bucket that an endpoint is of', () => {
    expect(problemsOf({ MONGODB_URI: 'mongodb://db/keepsake' })).toEqual([
      expect.stringMatching(/^JWT_SECRET must be set/),
    ])
    expect(problemsOf({ MONGODB_URI: 'mongodb://db/keepsake', JWT_SECRET: 'short' })).toEqual([
      'JWT_SECRET must have at least 32 bytes.',
    ])
    expect(problemsOf({ S3_ENDPOINT: 'http://localhost:9000' })).toEqual([
      expect.stringMatching(/^S3_BUCKET must be set/),
    ])
  })

  test('is shown, so that a typing error can be seen', () => {
    expect(problemsOf({ PORT: '30o0' })).toEqual(['PORT must be a whole number from 0 to 65535, not "30o0".'])
  })

  test('is not shown when it holds a password', () => {
    const problems = problemsOf({
      PUBLIC_URL: 'https://me:hunter2@example.com',
      MONGODB_URI: 'mongo://me:hunter2@db',
      S3_ENDPOINT: 'http://me:hunter2@s3',
      KEEPSAKE_SECRET_KEY: 'sk_hunter2',
      KEEPSAKE_PUBLIC_KEY: 'hunter2',
      JWT_SECRET: 'hunter2',
      JWT_SECRET_PREVIOUS: 'hunter2',
    })

    expect(problems).toHaveLength(7)
    expect(problems.join('\n')).not.toContain('hunter2')
  })

  test.each([
    ['S3_ENDPOINT', 'https://s3.example.com/?X-Amz-Signature=hunter2'],
    ['S3_ENDPOINT', 's3.example.com/?X-Amz-Signature=hunter2'],
    ['S3_ENDPOINT', 'https://s3.example.com/#hunter2'],
    ['S3_ENDPOINT', 'https:\\\\me:hunter2@s3.example.com'],
    ['S3_ENDPOINT', 'me:hunter2@s3.example.com'],
    ['CDN_BASE_URL', 'https://cdn.example.com/?token=hunter2'],
    ['CORS_ORIGINS', 'https://app.example.com,https://me:hunter2@other.example.com'],
  ])('is not shown when it has credentials or a query: %s=%s', (name, value) => {
    expect(problemsOf({ [name]: value, S3_BUCKET: 'files' })).toEqual([expect.not.stringContaining('hunter2')])
  })

  test('is none when the database is named as MongoDB allows', () => {
    for (const name of ['k'.repeat(63), 'keep-sake_1', '%C3%A4'.repeat(31), 'keepsake?authSource=admin']) {
      expect(
        problemsOf({ MONGODB_URI: `mongodb://u:p%40%2F@[::1]:27017,db/${name}`, JWT_SECRET: 'x'.repeat(32) }),
      ).toEqual([])
    }
  })

  test('cannot forge a line of its own', () => {
    expect(problemsOf({ PORT: '1\nBIND is fine.' })).toHaveLength(1)
  })
})

describe('variables that depend on each other', () => {
  test('a port that the system chooses needs a public url', () => {
    expect(problemsOf({ PORT: '0' })).toEqual(['PUBLIC_URL must be set when PORT is 0.'])
    expect(problemsOf({ PORT: '0', PUBLIC_URL: 'http://localhost' })).toEqual([])
    expect(problemsOf({ PORT: '0', PUBLIC_URL: 'localhost' })).toHaveLength(1)
  })

  test('what no release knows is ignored', () => {
    expect(problemsOf({ HOST: 'box', NODE_ENV: 'production', KEEPSAKE_SERVICE_HOST: '10.0.0.1' })).toEqual([])
  })
})
