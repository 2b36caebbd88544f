import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  findInterpreter,
  type Interpreter,
  openWorkplace,
  SHELL,
  testWith,
  type Workplace,
} from '../support/interpreters.ts'
import { type Service, service } from '../support/service.ts'
import { call, upload } from '../support/wire.ts'

const ROOT = join(import.meta.dirname, '../..')
const FLASK = findInterpreter('python', 'python3', 'python3 with requests and flask', ['-c', 'import requests, flask'])
const SINATRA = findInterpreter('ruby', 'ruby', 'ruby with sinatra and httparty', [
  '-e',
  'require "sinatra/base"; require "httparty"',
])

/** What follows a backend that is not to listen: the request of a page, made inside of the process. */
const ASK: Readonly<Record<string, (body: string) => string>> = {
  python: (body) =>
    `print(app.test_client().post('/api/persist', data='${body}', content_type='application/json').text)`,
  ruby: (body) =>
    `set :run, false\nset :environment, :test\nrequire 'rack/mock'\n` +
    `puts Rack::MockRequest.new(Sinatra::Application).post('/api/persist', input: '${body}').body`,
}

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

/** Runs a program that persists, with nothing changed but the address, and the id where a program has one in it. */
async function run(interpreter: Interpreter, text: string, tempAssetId: unknown): Promise<Record<string, unknown>> {
  const program = text
    .replaceAll(/https:\/\/api\.easycdn\.co|http:\/\/localhost:3000/g, keepsake.url)
    .replaceAll('temp_abc123', String(tempAssetId))
  const ask = ASK[interpreter.language]?.(JSON.stringify({ tempAssetId })) ?? ''
  const { secretKey } = keepsake
  const variables = { EASYCDN_SECRET_KEY: secretKey, KEEPSAKE_SECRET_KEY: secretKey }
  return JSON.parse(await workplace.run(interpreter, `${program}\n${ask}\n`, variables))
}

function sample(file: string): Promise<string> {
  return readFile(join(ROOT, 'tests/fixtures/easycdn', file), 'utf8')
}

/** The block of that language in README.md which is a backend. */
async function ownSample(language: string): Promise<string> {
  const page = await readFile(join(ROOT, 'README.md'), 'utf8')
  const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
  const [, , text] = blocks.find(([, name, block = '']) => name === language && block.includes('/api/persist')) ?? []
  if (text === undefined) throw new Error(`README.md has no backend in ${language}.`)
  return text
}

const SAMPLES: readonly [string, Interpreter, () => Promise<string>][] = [
  ['the curl sample of the original', SHELL, () => sample('persist.sh')],
  ['the Flask sample of the original', FLASK, () => sample('persist.py')],
  ['the Sinatra sample of the original', SINATRA, () => sample('persist.rb')],
  ['the Flask backend in README.md', FLASK, () => ownSample('python')],
  ['the Sinatra backend in README.md', SINATRA, () => ownSample('ruby')],
]

for (const [what, interpreter, read] of SAMPLES) {
  describe(what, () => {
    testWith([interpreter], 'persists what was uploaded', async () => {
      const tempAssetId = await upload(keepsake, 'hello', 'image.jpg')

      const { asset } = await run(interpreter, await read(), tempAssetId)

      expect(asset).toMatchObject({ name: 'image.jpg', size: 5, expiresAt: null })
      const listed = await call(keepsake, 'GET', '/asset', { key: keepsake.secretKey })
      expect(listed.body.assets).toEqual([expect.objectContaining({ state: 'persisted', name: 'image.jpg' })])
    })

    testWith([interpreter], 'hands on why an id was refused', async () => {
      const answer = await run(interpreter, await read(), 'temp_unknown')

      expect(answer).toMatchObject({ status: 404, code: 'ASSET_NOT_FOUND' })
    })
  })
}
