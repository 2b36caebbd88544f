import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'

/** What the files of a folder may import besides each other: rooms by path, packages and parts of Node by name. */
type Imports = readonly string[]

const RULES = ['shared/src/domain', 'shared/src/ports']
const OPERATIONS = 'shared/src/operations'
const UPKEEP = `${OPERATIONS}/upkeep`
/** What requests may call: upkeep is not among them. */
const VERBS = [...RULES, OPERATIONS, `${OPERATIONS}/assets`, `${OPERATIONS}/folders`, `${OPERATIONS}/uploads`]
const CONFIG = 'shared/src/config'
/** What a process is started with. */
const START = [...RULES, CONFIG, 'shared/src/compose.ts', 'shared/src/run-process.ts']
/** What looks at stores without preparing them. */
const INSPECTION = 'shared/src/compose-inspection.ts'
const SQLITE = 'shared/src/adapters/sqlite'
const MONGODB = 'shared/src/adapters/mongodb'
const S3 = 'shared/src/adapters/s3'
const HTTP = 'server/src/http'
const DELIVERY = 'server/src/dialects/delivery'
const UPLOAD_API = 'server/src/dialects/upload-api'
const UPLOAD_ROUTES = `${UPLOAD_API}/routes`
const ASSETS_API = 'server/src/dialects/assets-api'
const ASSETS_ROUTES = `${ASSETS_API}/routes`
const FILES = ['node:fs', 'node:fs/promises', 'node:path']

/** The closed list of rooms. A file has the row of its own path if there is one, else that of its folder, else it fails. */
const ROOMS: Readonly<Record<string, Imports>> = {
  'shared/src/domain': ['node:buffer', 'node:crypto', 'file-type', 'image-size', 'mime'],
  'shared/src/ports': ['shared/src/domain', 'node:stream'],
  [OPERATIONS]: [...RULES, 'node:crypto', 'node:stream', 'node:timers/promises'],
  [`${OPERATIONS}/assets`]: [...VERBS, 'node:stream'],
  [`${OPERATIONS}/folders`]: RULES,
  [`${OPERATIONS}/uploads`]: [...VERBS, 'node:stream'],
  [UPKEEP]: [...VERBS, 'node:timers/promises'],
  [`${OPERATIONS}/bucket`]: RULES,
  [`${OPERATIONS}/inspect`]: [...RULES, OPERATIONS, UPKEEP, `${OPERATIONS}/bucket`, 'node:stream'],
  [`${OPERATIONS}/transfer`]: [...RULES, OPERATIONS, 'node:crypto', 'node:stream', 'node:timers/promises'],
  'shared/src/adapters/disk': [...RULES, 'node:*'],
  [SQLITE]: [...RULES, `${SQLITE}/migrations`, 'node:*', '@photostructure/sqlite'],
  [`${SQLITE}/migrations`]: [],
  [MONGODB]: [...RULES, `${MONGODB}/migrations`, 'node:*', 'mongoose'],
  [`${MONGODB}/migrations`]: ['mongoose'],
  [S3]: [...RULES, 'node:*', '@aws-sdk/client-s3'],
  'shared/src/adapters/pino': [...RULES, 'pino'],
  [CONFIG]: ['shared/src/domain', ...FILES, 'node:crypto', 'node:net'],
  'shared/src/compose.ts': [...RULES, CONFIG, OPERATIONS, 'shared/src/adapters/*', 'node:crypto', 'node:fs/promises'],
  [INSPECTION]: ['shared/src/compose.ts', 'shared/src/ports', CONFIG, 'shared/src/adapters/*', 'node:fs'],
  'shared/src/run-process.ts': ['shared/src/domain'],
  [HTTP]: [
    ...VERBS,
    'node:*',
    'express',
    'multer',
    'busboy',
    'content-disposition',
    'express-rate-limit',
    'proxy-addr',
  ],
  'server/src/pages': [...RULES, HTTP, 'node:crypto', 'express'],
  [DELIVERY]: [...VERBS, HTTP, 'node:http'],
  [UPLOAD_API]: [...VERBS, HTTP, UPLOAD_ROUTES, 'node:http', 'node:stream', 'express'],
  [UPLOAD_ROUTES]: [...VERBS, HTTP, UPLOAD_API, 'server/src/version.ts', 'express'],
  [ASSETS_API]: [...VERBS, HTTP, ASSETS_ROUTES, 'node:http', 'node:stream', 'express'],
  [ASSETS_ROUTES]: [...VERBS, HTTP, ASSETS_API, 'express'],
  'server/src/app.ts': [
    ...RULES,
    CONFIG,
    HTTP,
    'server/src/pages',
    DELIVERY,
    UPLOAD_API,
    ASSETS_API,
    'node:http',
    'express',
  ],
  'server/src/version.ts': ['node:fs'],
  'server/src': [
    ...START,
    'server/src/app.ts',
    'node:http',
    'node:net',
    'node:path',
    'node:timers/promises',
    'node:v8',
    'node:vm',
  ],
  'workers/src': [...START, UPKEEP, 'node:timers/promises', 'node-cron'],
  'cli/src': [
    ...START,
    ...[INSPECTION, `${OPERATIONS}/bucket`, `${OPERATIONS}/inspect`, `${OPERATIONS}/transfer`, 'cli/src/commands'],
    ...['node:crypto', 'node:events', 'node:path', 'node:readline', 'node:util'],
  ],
  'cli/src/commands': [...START, 'cli/src'],
}

interface SourceFile {
  readonly path: string
  readonly text: string
}

const ROOT = join(import.meta.dirname, '..')
const SOURCES = ['shared/src', 'server/src', 'workers/src', 'cli/src'].flatMap((folder) => filesUnder(folder, /\.ts$/))
const SCRIPTS = ['scripts', 'bench', 'examples'].flatMap((folder) => filesUnder(folder, /\.m?js$/))
const TESTS = filesUnder('tests', /\.(ts|mjs)$/)

function filesUnder(folder: string, name: RegExp): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
}

function roomOf(path: string): string | undefined {
  return [path, dirname(path)].find((room) => room in ROOMS)
}

/** What a file imports: a path from the root for what is ours, otherwise the package's name. */
function importsOf({ path, text }: SourceFile): string[] {
  const found = text.matchAll(
    /^(?:import|export|\}) .*?\bfrom '([^']+)'|\bimport\(\s*'([^']+)'\s*\)|^import '([^']+)'/gm,
  )
  return [...found].map((match) => resolve(path, match[1] ?? match[2] ?? match[3] ?? ''))
}

function resolve(from: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(dirname(from), specifier)
  if (specifier.startsWith('node:')) return specifier
  const [scope = '', name = '', ...rest] = specifier.split('/')
  if (scope === '@keepsake') return `${name}/src/${rest.join('/')}.ts`
  return scope.startsWith('@') ? `${scope}/${name}` : scope
}

function isAllowed(from: string, imported: string): boolean {
  const room = roomOf(from) ?? ''
  const target = /\.(ts|json)$/.test(imported) ? (roomOf(imported) ?? imported) : imported
  const allowed = ROOMS[room] ?? []
  if (imported.startsWith('node:') && allowed.includes('node:*')) return true
  return target === room || allowed.includes(target) || allowed.includes(`${dirname(target)}/*`)
}

/** `path:line` of every line that matches, in files for which `except` does not hold. */
function linesWith(pattern: RegExp, files: readonly SourceFile[], except: (path: string) => boolean): string[] {
  return files.flatMap(({ path, text }) => {
    if (except(path)) return []
    return text
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : []))
  })
}

describe('the rooms', () => {
  test('are a closed list: every source file lies in one', () => {
    expect(SOURCES.filter(({ path }) => roomOf(path) === undefined).map(({ path }) => path)).toEqual([])
    expect(SOURCES.length).toBeGreaterThan(50)
  })

  test('import only what their row names', () => {
    const strays = SOURCES.flatMap((file) =>
      importsOf(file)
        .filter((imported) => !isAllowed(file.path, imported))
        .map((imported) => `${file.path} imports ${imported}`),
    )

    expect(strays).toEqual([])
  })

  test('all have files: a row for a folder that is gone is taken away', () => {
    const used = new Set(SOURCES.map(({ path }) => roomOf(path)))

    expect(Object.keys(ROOMS).filter((room) => !used.has(room))).toEqual([])
  })

  test('name each foreign system in one room only', () => {
    const hosts = (name: string) => Object.keys(ROOMS).filter((room) => ROOMS[room]?.includes(name))

    expect(hosts('@photostructure/sqlite')).toEqual(['shared/src/adapters/sqlite'])
    expect(hosts('mongoose')).toEqual([MONGODB, `${MONGODB}/migrations`])
    expect(hosts('@aws-sdk/client-s3')).toEqual([S3])
    expect(hosts('pino')).toEqual(['shared/src/adapters/pino'])
    expect(hosts('node-cron')).toEqual(['workers/src'])
    expect(hosts('node:fs/promises')).toEqual([CONFIG, 'shared/src/compose.ts'])
    for (const name of ['multer', 'busboy', 'express-rate-limit', 'proxy-addr']) expect(hosts(name)).toEqual([HTTP])
    for (const name of ['express', 'node:http']) {
      expect(hosts(name).filter((room) => !room.startsWith('server/'))).toEqual([])
    }
  })

  test('keep adapters apart from each other, and dialects too', () => {
    for (const family of ['shared/src/adapters/', 'server/src/dialects/']) {
      const strangers = SOURCES.filter(({ path }) => path.startsWith(family)).flatMap((file) => {
        const own = file.path.split('/').slice(0, 4).join('/')
        return importsOf(file).filter((imported) => imported.startsWith(family) && !imported.startsWith(`${own}/`))
      })

      expect(strangers).toEqual([])
    }
  })
})

describe('the code', () => {
  test('reads the environment in the configuration alone', () => {
    expect(linesWith(/process\.env\b/, SOURCES, (path) => path.startsWith(`${CONFIG}/`))).toEqual([])
  })

  test('stores a changed record in one place', () => {
    expect(
      linesWith(/\bassets\.replace\(/, SOURCES, (path) => path === 'shared/src/operations/change-asset.ts'),
    ).toEqual([])
  })

  test('deletes objects and records in upkeep alone, but for a probe and what a transfer copied', () => {
    const theirs = [UPKEEP, `${OPERATIONS}/inspect`, `${OPERATIONS}/transfer`, 'shared/src/adapters']
    const isTheirs = (path: string) => theirs.some((room) => path.startsWith(`${room}/`))

    expect(linesWith(/\bstorage\.delete\(|\.forget\(|\.clearStaging\(/, SOURCES, isTheirs)).toEqual([])
  })

  test('says of every export what it promises, directly above it', () => {
    const bare = SOURCES.flatMap(({ path, text }) => {
      const lines = text.split('\n')
      return lines.flatMap((line, index) => {
        const isExport = /^export (async |abstract |declare )*(function|const|class|interface|type)\b(?! \{)/.test(line)
        return isExport && !lines[index - 1]?.endsWith('*/') ? [`${path}:${index + 1} ${line}`] : []
      })
    })

    expect(bare).toEqual([])
  })

  test('has no barrels and no default exports', () => {
    expect(linesWith(/^export (\*|\{|default|type \{)/, SOURCES, () => false)).toEqual([])
  })

  test('has no file of more than 250 lines, and no test of more than 500', () => {
    const longerThan = (limit: number) => (file: SourceFile) => file.text.split('\n').length > limit + 1
    const long = [...[...SOURCES, ...SCRIPTS].filter(longerThan(250)), ...TESTS.filter(longerThan(500))]

    expect(long.map(({ path }) => path)).toEqual([])
  })
})
