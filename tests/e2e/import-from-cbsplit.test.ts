import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { ask, create, type Entry, form, list } from '../support/entries.ts'
import { type Machine, startMachine } from '../support/processes.ts'
import { type Service, service } from '../support/service.ts'

const PROGRAM = 'examples/import-from-cbsplit/import.mjs'

let machine: Machine
let from: Service
let to: Service

beforeEach(async () => {
  ;[machine, from, to] = await Promise.all([startMachine(), service(), service()])
})

afterEach(async () => {
  await Promise.all([machine.clear(), from.close(), to.close()])
})

/** Runs the example with copies of these files, and answers with its exit code and what it said. */
async function runImport(copies: Readonly<Record<string, string>>, url = from.url) {
  for (const [path, content] of Object.entries(copies)) {
    const file = join(machine.dataDir, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }
  const variables = {
    ...{ CBSPLIT_URL: url, CBSPLIT_KEY: from.secretKey },
    ...{ KEEPSAKE_URL: to.url, KEEPSAKE_SECRET_KEY: to.secretKey },
  }
  const program = machine.run(process.execPath, [PROGRAM, machine.dataDir], variables)
  const code = await program.end()
  return { code, output: program.output() }
}

/** What of an entry is to be the same on both sides. */
function told({ id, created_at, updated_at, cdn_url, ...rest }: Entry): Entry {
  return rest
}

describe('the import', () => {
  test('brings folders, files, hotlinks and what was said of them, and may be repeated', async () => {
    await ask(from, 'POST', '/folders', form({ path: 'css/site' }))
    await create(from, { name: 'main.css', folder: 'css/site', content: 'b{}', text: 't' })
    await create(from, { name: 'chart.js', url: 'https://cdn.example.com/chart.js', defer: 't' })
    await create(from, { name: 'dot.gif', content: 'GIF89a', width: '7', height: '9' })
    const copies = { 'css/site/main.css': 'b{}', 'dot.gif': 'GIF89a' }

    const first = await runImport(copies)
    const second = await runImport(copies)

    expect([first.code, second.code]).toEqual([0, 0])
    expect(second.output.match(/there already/g)).toHaveLength(3)
    const { entries } = await list(to)
    expect(entries.map(told)).toEqual((await list(from)).entries.map(told))
    expect(await (await fetch(String(entries[0]?.cdn_url))).text()).toBe('b{}')
  })

  test('reports a file of which there is no copy, and goes on', async () => {
    await create(from, { name: 'lost.css', content: '' })
    await create(from, { name: 'kept.css', content: '' })

    const { code, output } = await runImport({ 'kept.css': '' })

    expect(code).toBe(1)
    expect(output).toContain('lost.css: ')
    expect((await list(to)).entries.map(({ name }) => name)).toEqual(['kept.css'])
  })

  test('waits when there were too many requests', async () => {
    const page = { entries: [{ id: 7, name: 'a.js', folder: '', url: 'https://example.com/a.js' }], totalPages: 1 }
    let asked = 0
    const busy = createServer((_req, res) => {
      asked += 1
      if (asked === 1) res.writeHead(429, { 'Retry-After': '1' }).end()
      else res.end(JSON.stringify(page))
    }).listen(0, '127.0.0.1')
    await once(busy, 'listening')
    const address = busy.address()
    const port = typeof address === 'object' ? address?.port : 0

    const { code, output } = await runImport({}, `http://127.0.0.1:${port}`)

    busy.close()
    expect([code, asked]).toEqual([0, 2])
    expect(output).toContain('a.js: 7 is now 1')
  })
})
