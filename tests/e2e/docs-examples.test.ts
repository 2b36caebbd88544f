import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { list } from '../support/entries.ts'
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

const ROOT = join(import.meta.dirname, '../..')
const LANGUAGES = [SHELL, NODE, PYTHON, PHP, RUBY]

/** One request of the page, in every language, and the answer that the page shows. */
interface Example {
  readonly programs: ReadonlyMap<string, string>
  readonly answer: string
}

let keepsake: Service
let workplace: Workplace

beforeEach(async () => {
  keepsake = await service()
  workplace = await openWorkplace()
  await copyFile(join(ROOT, 'tests/fixtures/photo.png'), join(workplace.folder, 'logo.png'))
})

afterEach(async () => {
  await workplace.clear()
  await keepsake.close()
})

/** The page's programs that come first, by language, and its examples in order: each begins with its line for the shell. */
async function readPage(): Promise<{ first: ReadonlyMap<string, string>; examples: readonly Example[] }> {
  const page = await readFile(join(ROOT, 'docs/assets-api.md'), 'utf8')
  const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, name = '', text = '']) => ({ name, text }))
  const first = new Map<string, string>()
  const examples: { programs: Map<string, string>; answer: string }[] = []
  for (const { name, text } of blocks) {
    if (name === 'sh') examples.push({ programs: new Map(), answer: '' })
    const example = examples.at(-1)
    if (name === 'json' && example) example.answer = text
    else (example?.programs ?? first).set(name, text)
  }
  return { first, examples }
}

async function run(interpreter: Interpreter, text: string): Promise<unknown> {
  const program = text.replaceAll('http://localhost:3000', keepsake.url)
  const printed = await workplace.run(interpreter, program, { KEEPSAKE_SECRET_KEY: keepsake.secretKey })
  return fixed(printed.replaceAll(keepsake.url, 'http://localhost:3000'))
}

/** An answer without what is different each time. */
function fixed(answer: string): unknown {
  const timeless = answer
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time')
    .replaceAll(/files\/[0-9a-f]{24}/g, 'files/_id')
  return JSON.parse(timeless)
}

describe('the examples in docs/assets-api.md', () => {
  test('are there for every language', async () => {
    const { first, examples } = await readPage()

    const languages = LANGUAGES.map(({ language }) => language)
    expect([...first.keys()]).toEqual(languages.slice(1))
    expect(examples.length).toBeGreaterThan(10)
    for (const { programs } of examples) expect([...programs.keys()]).toEqual(languages)
  })

  for (const interpreter of LANGUAGES) {
    testWith([interpreter], `answer in ${interpreter.language}, from top to bottom, as the page shows`, async () => {
      const { first, examples } = await readPage()
      const { language } = interpreter

      const answers: unknown[] = []
      for (const { programs } of examples) {
        const text = [first.get(language), programs.get(language)].filter((part) => part !== undefined)
        answers.push(await run(interpreter, text.join('\n')))
      }

      expect(answers).toEqual(examples.map(({ answer }) => fixed(answer)))
      const left = (await list(keepsake)).entries
      expect(left.map(({ name, async }) => [name, async])).toEqual([
        ['main.css', false],
        ['chart.js', true],
      ])
      expect(await (await fetch(String(left[0]?.cdn_url))).text()).toBe('html{color:#111;margin:0}')
    })
  }
})
