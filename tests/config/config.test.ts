import { type Config, readConfig } from '@keepsake/shared/config/config'

const DAY = 24 * 60 * 60 * 1000
const SECRET = `sk_${'a'.repeat(24)}`
const PUBLIC = `pk_${'b'.repeat(24)}`

describe('the configuration without any variable', () => {
  const config = readConfig({})

  test.each<[string, unknown, unknown]>([
    ['binds to this machine', config.server.bind, '127.0.0.1'],
    ['listens on port 3000', config.server.port, 3000],
    ['has a public url', config.settings.publicUrl, 'http://localhost:3000'],
    ['delivers under /cdn', config.settings.cdnBaseUrl, 'http://localhost:3000/cdn'],
    ['keeps its data in ./data', config.dataDir, `${process.cwd()}/data`],
    ['keeps records in SQLite', config.database, { kind: 'sqlite', path: `${process.cwd()}/data/keepsake.db` }],
    [
      'keeps objects in a folder',
      config.storage,
      { kind: 'disk', root: `${process.cwd()}/data/objects`, bucket: 'keepsake' },
    ],
    ['takes 100 MiB', config.settings.maxUploadBytes, 104_857_600],
    ['takes every type', config.settings.allowedTypes, ['*/*']],
    ['gives an upload an hour', config.settings.uploadTimeout, 3_600_000],
    ['waits a minute for a byte', config.settings.idleTimeout, 60_000],
    ['keeps what is temporary for a day', config.settings.tempTtl, DAY],
    ['leaves a persist a minute', config.settings.persistLease, 60_000],
    ['deletes at once', config.settings.purgeDelay, 0],
    ['looks for work every minute', config.upkeep.cron, '* * * * *'],
    ['limits temporary bytes', config.limits.tempBytesPerProject, 10 * 1024 ** 3],
    ['limits temporary assets', config.limits.tempAssetsPerProject, 100_000],
    ['limits no address', config.limits.uploadsPerMinutePerIp, 0],
    ['limits the assets API', config.limits.assetsApiRequestsPerMinute, 60],
    ['lets every origin upload', config.server.corsOrigins, 'any'],
    ['trusts no proxy', config.server.trustProxy, []],
    ['stops without delay', config.server.drainDelay, 0],
    ['gives requests ten seconds', config.server.shutdownTimeout, 10_000],
    ['logs what happens', config.logLevel, 'info'],
    ['knows no secret', config.secrets, {}],
  ])('%s', (_sentence, found, expected) => {
    expect(found).toEqual(expected)
  })

  test('is frozen to its last member', () => {
    expect(Object.isFrozen(config)).toBe(true)
    expect(Object.isFrozen(config.settings.allowedTypes)).toBe(true)
    expect(() => Object.assign(config.server, { port: 1 })).toThrow(TypeError)
  })
})

describe('a variable that is right', () => {
  test.each<[string, string, (config: Config) => unknown, unknown]>([
    ['BIND', '0.0.0.0', ({ server }) => server.bind, '0.0.0.0'],
    ['BIND', '::1', ({ server }) => server.bind, '::1'],
    ['BIND', 'localhost', ({ server }) => server.bind, 'localhost'],
    ['PORT', '8080', ({ settings }) => settings.publicUrl, 'http://localhost:8080'],
    ['PUBLIC_URL', 'https://files.example.com/', ({ settings }) => settings.publicUrl, 'https://files.example.com'],
    ['PUBLIC_URL', 'https://example.com/up', ({ server }) => server.cdnPath, '/up/cdn'],
    ['CDN_BASE_URL', 'https://cdn.example.com', ({ server }) => server.cdnPath, ''],
    ['CDN_BASE_URL', 'https://cdn.example.com/a/b//', ({ server }) => server.cdnPath, '/a/b'],
    ['CDN_BASE_URL', 'https://cdn.example.com/uploads', ({ server }) => server.cdnPath, '/uploads'],
    ['CDN_BASE_URL', 'https://cdn.example.com/assets', ({ server }) => server.cdnPath, '/assets'],
    ['DATA_DIR', '/srv/keepsake', ({ database }) => database, { kind: 'sqlite', path: '/srv/keepsake/keepsake.db' }],
    ['MAX_UPLOAD_BYTES', '1', ({ settings }) => settings.maxUploadBytes, 1],
    ['MAX_UPLOAD_BYTES', '3kb', ({ settings }) => settings.maxUploadBytes, 3072],
    ['MAX_UPLOAD_BYTES', '2 MB', ({ settings }) => settings.maxUploadBytes, 2_097_152],
    ['MAX_UPLOAD_BYTES', '5gb', ({ settings }) => settings.maxUploadBytes, 5_368_709_120],
    ['MIN_FREE_BYTES', '0', ({ storage }) => storage, expect.objectContaining({ kind: 'disk', minFreeBytes: 0 })],
    [
      'ALLOWED_TYPES',
      'image/*, Application/PDF',
      ({ settings }) => settings.allowedTypes,
      ['image/*', 'application/pdf'],
    ],
    ['UPLOAD_TIMEOUT', '2h', ({ settings }) => settings.uploadTimeout, 7_200_000],
    ['IDLE_TIMEOUT', '1s', ({ settings }) => settings.idleTimeout, 1000],
    ['TEMP_TTL', '7d', ({ settings }) => settings.tempTtl, 7 * DAY],
    ['PERSIST_LEASE', '10m', ({ settings }) => settings.persistLease, 600_000],
    ['PURGE_DELAY', '2d', ({ settings }) => settings.purgeDelay, 2 * DAY],
    ['UPKEEP_CRON', '*/10 * * * * *', ({ upkeep }) => upkeep.cron, '*/10 * * * * *'],
    ['TEMP_BYTES_PER_PROJECT', '0', ({ limits }) => limits.tempBytesPerProject, 0],
    ['TEMP_ASSETS_PER_PROJECT', '5', ({ limits }) => limits.tempAssetsPerProject, 5],
    ['UPLOADS_PER_MINUTE_PER_IP', '30', ({ limits }) => limits.uploadsPerMinutePerIp, 30],
    ['ASSETS_API_REQUESTS_PER_MINUTE', '0', ({ limits }) => limits.assetsApiRequestsPerMinute, 0],
    [
      'CORS_ORIGINS',
      'https://a.example.com, http://localhost:5173/',
      ({ server }) => server.corsOrigins,
      ['https://a.example.com', 'http://localhost:5173'],
    ],
    ['CORS_ORIGINS', '*', ({ server }) => server.corsOrigins, 'any'],
    [
      'TRUST_PROXY',
      'loopback, 10.0.0.0/8, ::1, fd00::/8',
      ({ server }) => server.trustProxy,
      ['loopback', '10.0.0.0/8', '::1', 'fd00::/8'],
    ],
    ['DRAIN_DELAY', '5s', ({ server }) => server.drainDelay, 5000],
    ['SHUTDOWN_TIMEOUT', '0s', ({ server }) => server.shutdownTimeout, 0],
    ['LOG_LEVEL', 'silent', ({ logLevel }) => logLevel, 'silent'],
    ['KEEPSAKE_SECRET_KEY', SECRET, ({ secrets }) => secrets.secretKey, SECRET],
    ['KEEPSAKE_PUBLIC_KEY', PUBLIC, ({ secrets }) => secrets.publicKey, PUBLIC],
    ['JWT_SECRET', 'x'.repeat(32), ({ secrets }) => secrets.jwtSecret, 'x'.repeat(32)],
    ['JWT_SECRET_PREVIOUS', 'é'.repeat(16), ({ secrets }) => secrets.jwtSecretPrevious, 'é'.repeat(16)],
  ])('%s=%s is taken', (name, value, read, expected) => {
    expect(read(readConfig({ [name]: value }))).toEqual(expected)
  })

  test.each<[string, Record<string, string>, object]>([
    ['Amazon’s', {}, { forcePathStyle: false, prefix: '', checksums: 'when_supported' }],
    [
      'of another server',
      { S3_ENDPOINT: 'http://localhost:9000/' },
      { endpoint: 'http://localhost:9000', forcePathStyle: true, prefix: '', checksums: 'when_required' },
    ],
    [
      'with everything said',
      {
        S3_REGION: 'eu-central-1',
        S3_ENDPOINT: 'https://s3.example.com',
        S3_FORCE_PATH_STYLE: 'false',
        S3_PREFIX: 'shop/files',
        S3_CHECKSUMS: 'when_supported',
        S3_SSE: 'aws:kms',
        S3_STORAGE_CLASS: 'STANDARD_IA',
      },
      {
        region: 'eu-central-1',
        endpoint: 'https://s3.example.com',
        forcePathStyle: false,
        prefix: 'shop/files/',
        checksums: 'when_supported',
        sse: 'aws:kms',
        storageClass: 'STANDARD_IA',
      },
    ],
  ])('may name a bucket: %s', (_which, variables, expected) => {
    const { storage, settings } = readConfig({ S3_BUCKET: 'my-files', ...variables })

    expect(storage).toEqual({ kind: 's3', bucket: 'my-files', ...expected })
    expect(settings.bucket).toBe('my-files')
  })

  test.each([
    'AES256',
    'aws:kms',
    'aws:kms:dsse',
    'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    'arn:aws-cn:kms:cn-north-1:111122223333:alias/files',
    'arn:aws:kms:a-key-of-minio',
  ])('may have a bucket encrypted with %s', (sse) => {
    expect(readConfig({ S3_BUCKET: 'my-files', S3_SSE: sse }).storage).toMatchObject({ sse })
  })

  test('may name a database of MongoDB', () => {
    const uri = 'mongodb+srv://me:secret@db.example.com/keepsake?appName=shop'

    expect(readConfig({ MONGODB_URI: uri, JWT_SECRET: 'x'.repeat(32) }).database).toEqual({ kind: 'mongodb', uri })
  })

  test('may be empty, which is the same as unset', () => {
    const names = [
      'PORT',
      'PUBLIC_URL',
      'MAX_UPLOAD_BYTES',
      'TEMP_TTL',
      'KEEPSAKE_SECRET_KEY',
      'MONGODB_URI',
      'S3_BUCKET',
    ]

    expect(readConfig(Object.fromEntries(names.map((name) => [name, ' '])))).toEqual(readConfig({}))
  })
})
