import { type Machine, startMachine } from '../support/processes.ts'
import { type Service, type ServiceOptions, service } from '../support/service.ts'
import { type Answer, call, formOf } from '../support/wire.ts'

const SERVER = 'examples/express-backend/server.mjs'

interface Example {
  /** Of the example's backend. */
  readonly url: string
  readonly keepsake: Service
}

let machine: Machine

beforeEach(async () => {
  machine = await startMachine()
})

afterEach(() => machine.clear())

/** Runs the example against a service of its own. */
async function example(options: ServiceOptions = {}): Promise<Example> {
  const keepsake = await service(options)
  const { secretKey, publicKey, url } = keepsake
  const variables = { KEEPSAKE_URL: url, KEEPSAKE_SECRET_KEY: secretKey, KEEPSAKE_PUBLIC_KEY: publicKey }
  const backend = machine.run(process.execPath, [SERVER], variables)
  const [, address = ''] = await backend.until(/listens at (http:\S+)\n/)
  return { url: address, keepsake }
}

/** What the page does when a file is chosen. */
async function chooseFile(shop: Example, name: string, content: string): Promise<Answer> {
  const settings = await call(shop, 'GET', '/settings.json')
  const [url, key] = [String(settings.body.url), String(settings.body.publicKey)]
  return call({ url }, 'POST', '/asset/upload/temp', {
    key,
    body: formOf(content, name),
    headers: { Origin: shop.url },
  })
}

function submit(shop: Example, fields: Record<string, unknown>): Promise<Answer> {
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) body.set(name, String(value))
  return call(shop, 'POST', '/notes', { body })
}

function urlIn(html: string): string {
  return /id="url" href="([^"]+)"/.exec(html)?.[1] ?? 'none'
}

describe('the example', () => {
  test('uploads from the page, persists in the backend, and shows a url that serves the file', async () => {
    const shop = await example()
    const uploaded = await chooseFile(shop, 'a & b.txt', 'hello')

    const saved = await submit(shop, { text: '<b>mine</b>', tempAssetId: uploaded.body.tempAssetId })

    expect([uploaded.status, uploaded.headers.get('access-control-allow-origin')]).toEqual([201, '*'])
    expect(saved.status).toBe(200)
    expect(saved.text).toContain('a &#38; b.txt, 5 bytes')
    expect(saved.text).not.toContain('<b>mine')
    expect(await (await fetch(urlIn(saved.text))).text()).toBe('hello')
  })

  test('shows the same url when a note is sent twice', async () => {
    const shop = await example()
    const { tempAssetId } = (await chooseFile(shop, 'a.txt', 'hello')).body

    const [first, second] = await Promise.all([submit(shop, { tempAssetId }), submit(shop, { tempAssetId })])

    expect(urlIn(first.text)).toMatch(/^http.*a\.txt$/)
    expect(urlIn(second.text)).toBe(urlIn(first.text))
  })

  test('tells the user in the words of the service why a note was not saved', async () => {
    const shop = await example()

    const unknown = await submit(shop, { tempAssetId: 'temp_unknown' })
    const missing = await submit(shop, { text: 'no file' })

    expect(unknown.status).toBe(404)
    expect(unknown.text).toContain('There is no such asset; it may have expired or been deleted.')
    expect(missing.status).toBe(400)
  })

  test('gives the page a sentence when the file is too large', async () => {
    const shop = await example({ settings: { maxUploadBytes: 4 } })

    const refused = await chooseFile(shop, 'a.txt', 'hello')

    expect(refused.status).toBe(413)
    expect(refused.body).toMatchObject({ code: 'FILE_TOO_LARGE', detail: 'The file exceeds 4 bytes.' })
  })

  test('never shows the secret key to a page', async () => {
    const shop = await example()
    const { tempAssetId } = (await chooseFile(shop, 'a.txt', 'hello')).body

    const paths = ['/', '/settings.json', '/upload.js', '/server.mjs']
    const answers = await Promise.all(paths.map((path) => call(shop, 'GET', path)))
    const seen = [...answers, await submit(shop, { tempAssetId })].map(({ text }) => text).join('\n')

    expect(seen).toContain(shop.keepsake.publicKey)
    expect(seen).not.toContain(shop.keepsake.secretKey)
  })

  test('says that the service is out of reach instead of hanging', async () => {
    const shop = await example()
    await shop.keepsake.close()

    const answer = await submit(shop, { tempAssetId: 'temp_any' })

    expect(answer.status).toBe(502)
    expect(answer.text).toContain('The file service does not answer')
  })
})
