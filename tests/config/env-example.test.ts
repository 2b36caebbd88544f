import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '@keepsake/shared/config/config'

const EXAMPLE = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8')

/** Its variables, as if every line were in use. */
const variables = Object.fromEntries(
  [...EXAMPLE.matchAll(/^#?([A-Z][A-Z0-9_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
)

describe('.env.example', () => {
  test('names every variable that is read, and no other', () => {
    const read = new Set<string>()
    const watched = new Proxy<NodeJS.ProcessEnv>({}, { get: (_env, name) => void read.add(String(name)) })
    readConfig(watched)

    const files = new Set(EXAMPLE.match(/\b[A-Z_]+_FILE\b/g))
    expect([...Object.keys(variables), ...files].sort()).toEqual([...read].sort())
  })

  test('shows values that can be used', () => {
    expect(readConfig(variables).settings.publicUrl).toBe('https://files.example.com')
  })

  test('shows the defaults where there are any', () => {
    const { PUBLIC_URL, CDN_BASE_URL, CORS_ORIGINS, TRUST_PROXY, MIN_FREE_BYTES, ...defaults } = variables

    expect([PUBLIC_URL, CDN_BASE_URL, CORS_ORIGINS, TRUST_PROXY, MIN_FREE_BYTES]).not.toContain(undefined)
    expect(readConfig(defaults)).toEqual(readConfig({}))
  })
})
