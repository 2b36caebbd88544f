import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describeProblem } from '@keepsake/server/http/problem'
import { CATALOG, type ErrorCode, KeepsakeError } from '@keepsake/shared/domain/errors'

const ROOT = join(import.meta.dirname, '..')
const SKIPPED = ['node_modules', '.git', 'dist', 'data']
const FILES = filesUnder(ROOT)
const PAGES = FILES.filter((path) => path.endsWith('.md'))
const SOURCES = FILES.filter((path) => /^(shared|server|workers|cli)\/src\/.*\.ts$/.test(path))

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return SKIPPED.includes(entry.name) ? [] : filesUnder(path)
    return [relative(ROOT, path)]
  })
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** What the first group of `pattern` finds in the files, each once, sorted. */
function found(pattern: RegExp, ...paths: string[]): string[] {
  const matches = paths.flatMap((path) => [...read(path).matchAll(pattern)])
  return [...new Set(matches.flatMap((match) => match[1] ?? []))].sort()
}

/** The cells of a page's tables, row by row. */
function rowsOf(path: string): string[][] {
  const lines = read(path)
    .split('\n')
    .filter((line) => line.startsWith('| '))
  return lines.map((line) =>
    line
      .slice(1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

/** The anchors that a page's headings give, as GitHub makes them. */
function anchorsOf(path: string): string[] {
  const headings = [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

describe('the error codes', () => {
  const isCode = (text: string): text is ErrorCode => text in CATALOG
  /** Code and status of every error that a client may see. */
  const thrown = found(/KeepsakeError\(\s*'([A-Z_]+)'/g, ...SOURCES)
  const answers = thrown.filter(isCode).map((code) => describeProblem(new KeepsakeError(code, 'A sentence.'), 'id'))
  const visible = [...new Set(answers.map(({ status, body }) => `${body.code} ${status}`))].sort()

  test('are listed in docs/http-api.md with their statuses: those that this release answers, and no others', () => {
    const listed = rowsOf('docs/http-api.md').flatMap(([code = '', status]) => {
      const name = /^`([A-Z_]+)`$/.exec(code)?.[1]
      return name && isCode(name) ? [`${name} ${status}`] : []
    })

    expect(listed.sort()).toEqual(visible)
    expect(visible.length).toBeGreaterThan(15)
  })

  test('that any page names are real', () => {
    const named = found(/"code": "([A-Z_]+)"/g, ...PAGES)

    expect(named.filter((code) => !isCode(code))).toEqual([])
    expect(named.length).toBeGreaterThan(0)
  })
})

describe('the variables', () => {
  const variables = found(/\.(?:read|readSecret)\(\s*'([A-Z][A-Z0-9_]+)'/g, ...SOURCES)
  const secrets = found(/\.readSecret\(\s*'([A-Z][A-Z0-9_]+)'/g, ...SOURCES)
  const rows = rowsOf('docs/configuration.md').filter(([name = '']) => /^`[A-Z]/.test(name))

  test('are all in docs/configuration.md, and no others', () => {
    const listed = rows.flatMap(([names = '']) =>
      [...names.matchAll(/`([A-Z0-9_]+)`/g)].flatMap(([, name]) => name ?? []),
    )

    expect(listed.sort()).toEqual(variables)
    expect(variables.length).toBeGreaterThan(20)
  })

  test('are all in .env.example, and no others', () => {
    expect(found(/^#?([A-Z][A-Z0-9_]+)=/gm, '.env.example')).toEqual(variables)
  })

  test('that are secrets are marked so', () => {
    const marked = rows.filter((cells) => cells.some((cell) => cell.includes('(secret)'))).map(([name = '']) => name)

    expect(marked.map((name) => name.replaceAll('`', '')).sort()).toEqual(secrets)
  })

  test('of the table in README.md exist', () => {
    const named = rowsOf('README.md').flatMap(([names = '']) => [...names.matchAll(/`([A-Z][A-Z0-9_]+)`/g)])

    expect(named.map(([, name]) => name).filter((name) => !variables.includes(name ?? ''))).toEqual([])
    expect(named.length).toBeGreaterThan(5)
  })
})

describe('the routes', () => {
  const dialects = [
    { folder: 'server/src/dialects/upload-api', page: 'docs/http-api.md' },
    { folder: 'server/src/dialects/assets-api', page: 'docs/assets-api.md' },
  ]

  test.each(dialects)('of the OpenAPI description in $folder are in $page, and no others', ({ folder, page }) => {
    const listed = routesIn(page).filter((route) => !isDelivery(route))

    expect(listed).toEqual(operationsOf(`${folder}/openapi.yaml`))
    expect(listed.length).toBeGreaterThan(5)
  })

  test.each(dialects)(
    'that the server mounts in $folder are in its OpenAPI description, and no others',
    ({ folder }) => {
      const mounted = SOURCES.filter((path) => path.startsWith(`${folder}/`)).flatMap(operationsMountedIn)

      expect(mounted.sort()).toEqual(operationsOf(`${folder}/openapi.yaml`))
    },
  )

  test('of delivery are in docs/http-api.md', () => {
    expect(routesIn('docs/http-api.md').filter(isDelivery)).toEqual(['GET /cdn/{}'])
  })

  function routesIn(page: string): string[] {
    return found(/^### `([A-Z]+ \/[^`]*)`$/gm, page)
      .map(anonymous)
      .sort()
  }

  /** A route's parameters may be called differently in the code and in the description. */
  function anonymous(route: string): string {
    return route.replace(/\{\w+\}/g, '{}')
  }

  function isDelivery(route: string): boolean {
    return route.startsWith('GET /cdn/')
  }

  /** `GET /asset/{}` of every operation; delivery is a dialect of its own. */
  function operationsOf(path: string): string[] {
    const [, paths = ''] = /^paths:\n((?: .*\n|\n|#.*\n)*)/m.exec(read(path)) ?? []
    return paths
      .split(/^ {2}(?=["']?\/)/m)
      .flatMap((block) => {
        const [, route] = /^["']?(\/[^"':]*)["']?:/.exec(block) ?? []
        const methods = [...block.matchAll(/^ {4}(get|post|put|patch|delete):/gm)]
        return methods.map(([, method = '']) => anonymous(`${method.toUpperCase()} ${route}`))
      })
      .filter((route) => !isDelivery(route))
      .sort()
  }

  function operationsMountedIn(path: string): string[] {
    return read(path)
      .split(/^ {2}(?=mountResource\()/m)
      .slice(1)
      .flatMap((block) => {
        const [, route = ''] = /^mountResource\(router, '([^']+)'/.exec(block) ?? []
        const template = route.replace(/:\w+/g, '{}')
        const methods = [...block.matchAll(/^ {4}(?:async )?(get|post|put|patch|delete)\(/gm)]
        return methods.map(([, method = '']) => `${method.toUpperCase()} ${template}`)
      })
  }
})

describe('the pages', () => {
  test('have no link that leads nowhere', () => {
    const broken = PAGES.flatMap((page) => {
      const links = [...read(page).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(([, link = '']) => link)
      return links.filter((link) => !leadsSomewhere(page, link)).map((link) => `${page}: ${link}`)
    })

    expect(broken).toEqual([])
    expect(PAGES.length).toBeGreaterThan(10)
  })

  test('name only commands that package.json has', () => {
    const scripts = Object.keys(JSON.parse(read('package.json')).scripts)

    expect(found(/\bnpm run ([\w:]+)/g, ...PAGES).filter((name) => !scripts.includes(name))).toEqual([])
  })

  test('never name a path of the machine they were written on', () => {
    const strays = PAGES.filter((page) => /\/work\/|\/root\/|\/home\/\w|\.\.\/shared|\/tmp\//.test(read(page)))

    expect(strays).toEqual([])
  })

  function leadsSomewhere(page: string, link: string): boolean {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path))
    if (!existsSync(join(ROOT, target))) return false
    return anchor === undefined || anchorsOf(target).includes(anchor)
  }
})
