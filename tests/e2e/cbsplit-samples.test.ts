import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { create, list } from '../support/entries.ts'
import {
  type Interpreter,
  NODE,
  openWorkplace,
  PHP,
  PYTHON,
  RUBY,
  SHELL,
  testWith,
  type Workplace,
} from '../support/interpreters.ts'
import { type Service, service } from '../support/service.ts'

const FIXTURES = join(import.meta.dirname, '../fixtures')

let keepsake: Service
let workplace: Workplace

beforeEach(async () => {
  keepsake = await service()
  workplace = await openWorkplace()
})

afterEach(async () => {
  await workplace.clear()
  await keepsake.close()
})

/** Runs a sample of the original's documentation as it is printed there, apart from host, key and id. */
async function run(interpreter: Interpreter, file: string, own: Own = {}): Promise<string> {
  const sample = await readFile(join(FIXTURES, 'cbsplit', file), 'utf8')
  return workplace.run(interpreter, withOwn(sample, own))
}

/** What stands in the place of a sample's own words. */
interface Own {
  readonly id?: number
  readonly key?: string
}

function withOwn(sample: string, { id, key = keepsake.secretKey }: Own): string {
  return sample
    .replaceAll(/https?:\/\/(YOUR_CBSPLIT_HOST|demo\.cbsplit\.com)/g, keepsake.url)
    .replaceAll(/\b(X{10,}|x{10,}|4BD088E0EE1E912E|KEY)\b/g, key)
    .replaceAll('/ID', `/${id}`)
}

/** The bytes that an entry's own url leads to. */
async function contentAt(url: unknown): Promise<string> {
  return (await fetch(String(url))).text()
}

const OLD = 'html{background:#FFF}'
const CSS = { name: 'test.css', content: OLD }

describe('the curl samples', () => {
  testWith([SHELL], 'list the assets', async () => {
    const id = await create(keepsake, CSS)

    const page = JSON.parse(await run(SHELL, 'list.sh'))

    expect(page).toEqual({
      entries: [expect.objectContaining({ id })],
      totalEntries: 1,
      page: 1,
      totalPages: 1,
    })
  })

  testWith([SHELL], 'ask for the second page', async () => {
    await create(keepsake, CSS)

    const page = JSON.parse(await run(SHELL, 'list-page.sh'))

    expect(page).toEqual({ entries: [], totalEntries: 1, page: 2, totalPages: 1 })
  })

  testWith([SHELL], 'create an asset with content', async () => {
    const answer = await run(SHELL, 'create-content.sh')

    const [entry] = (await list(keepsake)).entries
    expect(answer).toBe(`{"id":"${entry?.id}"}`)
    expect(entry).toMatchObject({ name: 'test.css', folder: '', style: true, text: false, url: null, width: null })
    expect(await contentAt(entry?.cdn_url)).toBe('html{background:#FFF}')
  })

  testWith([SHELL], 'create it only once: the second time the name is taken', async () => {
    await run(SHELL, 'create-content.sh')

    const refusal = await run(SHELL, 'create-content.sh')

    expect(refusal).toMatch(/^[A-Za-z][^{}<>\n]*$/)
    expect((await list(keepsake)).totalEntries).toBe(1)
  })

  testWith([SHELL], 'upload a file with a width and a height of their own', async () => {
    await copyFile(join(FIXTURES, 'photo.png'), join(workplace.folder, '2.png'))

    const answer = await run(SHELL, 'create-file.sh')

    const [entry] = (await list(keepsake)).entries
    expect(answer).toBe(`{"id":"${entry?.id}"}`)
    expect(entry).toMatchObject({ name: '2.png', image: true, width: 1000, height: 1000 })
    const stored = await (await fetch(String(entry?.cdn_url))).arrayBuffer()
    expect(Buffer.from(stored)).toEqual(await readFile(join(FIXTURES, 'photo.png')))
  })

  testWith([SHELL], 'hotlink a style sheet that is never fetched', async () => {
    const answer = await run(SHELL, 'create-hotlink.sh')

    const [entry] = (await list(keepsake)).entries
    expect(answer).toBe(`{"id":"${entry?.id}"}`)
    expect(entry).toMatchObject({ name: 'site.css', style: true, url: 'https://EXTERNAL_URL/site.css' })
  })

  testWith([SHELL], 'update the content', async () => {
    const id = await create(keepsake, CSS)

    expect(await run(SHELL, 'update.sh', { id })).toBe('true')

    const [entry] = (await list(keepsake)).entries
    expect(entry).toMatchObject({ id, name: 'test.css' })
    expect(await contentAt(entry?.cdn_url)).toBe('html{background:#000}')
  })

  testWith([SHELL], 'delete an asset, once', async () => {
    const id = await create(keepsake, CSS)
    await create(keepsake, { name: 'other.css', content: '' })

    expect(await run(SHELL, 'delete.sh', { id })).toBe('true')
    expect(await run(SHELL, 'delete.sh', { id })).not.toBe('true')

    expect((await list(keepsake)).entries.map(({ name }) => name)).toEqual(['other.css'])
  })

  testWith([SHELL], 'have general forms that do the same, and update nothing without an id', async () => {
    const id = await create(keepsake, CSS)

    const { id: made } = JSON.parse(await run(SHELL, 'general-create.sh'))
    const refusal = await run(SHELL, 'general-update.sh')
    const before = (await list(keepsake)).entries.map(({ name }) => name)
    const deleted = await run(SHELL, 'general-delete.sh', { id })

    expect(refusal).toContain('id')
    expect(before).toEqual(['test.css', '...'])
    expect(deleted).toBe('true')
    expect((await list(keepsake)).entries.map((entry) => String(entry.id))).toEqual([made])
  })

  testWith([SHELL], 'filter', async () => {
    await create(keepsake, CSS)
    const paths = (await readFile(join(FIXTURES, 'cbsplit/filters.txt'), 'utf8')).trim().split('\n')

    const found: number[] = []
    for (const path of paths) {
      const curl = `curl -H "X-API-Key: KEY" "http://YOUR_CBSPLIT_HOST${path}"`
      found.push(JSON.parse(await workplace.run(SHELL, withOwn(curl, {}))).totalEntries)
    }

    // The last one names no column of an asset.
    expect(found).toEqual([1, 0, 1])
  })
})

describe('the samples in other languages', () => {
  testWith([NODE], 'list the assets in Node.js', async () => {
    await create(keepsake, CSS)

    const printed = await run(NODE, 'list.js')

    expect(printed).toMatch(/name: 'test\.css'/)
    expect(printed).toMatch(/totalEntries: 1,\s+page: 1,\s+totalPages: 1/)
  })

  testWith([NODE], 'create, update and delete nothing in Node.js: all three send a POST without a body', async () => {
    await create(keepsake, CSS)

    const printed = await run(NODE, 'change.js')

    expect(printed).toContain('SyntaxError')
    expect((await list(keepsake)).entries.map(({ name }) => name)).toEqual(['test.css'])
  })

  testWith([PHP], 'list the assets in PHP', async () => {
    await create(keepsake, CSS)

    const printed = await run(PHP, 'list.php')

    expect(printed).toMatch(/\[name\] => test\.css/)
    expect(printed).toMatch(/\[totalEntries\] => 1\s+\[page\] => 1\s+\[totalPages\] => 1/)
  })

  testWith([PYTHON], 'list the assets in Python', async () => {
    await create(keepsake, CSS)

    const printed = await run(PYTHON, 'list.py')

    expect(printed).toMatch(/^\{'id': 1, .*'name': 'test\.css', .*'image': False, .*'style': True, .*\}\n$/)
  })

  testWith([RUBY], 'list the assets in Ruby', async () => {
    await create(keepsake, CSS)

    const page = JSON.parse(await run(RUBY, 'list.rb'))

    expect(page).toMatchObject({ entries: [{ id: 1, name: 'test.css', style: true }], totalEntries: 1, totalPages: 1 })
  })

  testWith([PYTHON, RUBY, PHP], 'say that a key is wrong, each in its way', async () => {
    const key = keepsake.publicKey

    expect(await run(PYTHON, 'list.py', { key })).toBe('Error: 401\n')
    expect(await run(RUBY, 'list.rb', { key })).not.toContain('entries')
    expect(await run(PHP, 'list.php', { key })).not.toContain('entries')
  })
})
