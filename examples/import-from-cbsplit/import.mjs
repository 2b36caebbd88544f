// Lists the assets of a CBSplit account and creates each of them in Keepsake; what is there already stays as it is.
// node import.mjs <folder with copies of the files>
import { openAsBlob } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const { CBSPLIT_URL, CBSPLIT_KEY, KEEPSAKE_URL, KEEPSAKE_SECRET_KEY } = process.env
const [, , files = '.'] = process.argv
const COLUMNS = ['image', 'video', 'script', 'style', 'text', 'async', 'defer', 'width', 'height']
const MINUTE = 60_000

const cbsplit = { url: CBSPLIT_URL, key: CBSPLIT_KEY }
const keepsake = { url: KEEPSAKE_URL, key: KEEPSAKE_SECRET_KEY }

/** One request to either of the two; waits and repeats it when there were too many. */
async function call({ url, key }, method, path, body) {
  for (;;) {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { 'X-API-Key': key },
      signal: AbortSignal.timeout(10 * MINUTE),
      body,
    })
    const text = await response.text()
    if (response.ok) return JSON.parse(text)
    if (response.status !== 429) throw new Error(`${response.status} ${text}`)
    const seconds = Number(response.headers.get('Retry-After') ?? 60)
    await wait(seconds * 1000)
  }
}

async function* entriesOf(account) {
  for (let page = 1, pages = 1; page <= pages; page++) {
    const { entries, totalPages } = await call(account, 'GET', `/assets?page=${page}`)
    pages = totalPages
    yield* entries
  }
}

async function isThere({ name, folder }) {
  const query = new URLSearchParams({ name, folder })
  return (await call(keepsake, 'GET', `/assets?${query}`)).totalEntries > 0
}

const folders = new Set([''])

async function makeFolder(path) {
  if (folders.has(path)) return
  await call(keepsake, 'POST', '/folders', new URLSearchParams({ path }))
  folders.add(path)
}

async function copy(entry) {
  const { name, folder, url } = entry
  await makeFolder(folder)
  const form = new FormData()
  form.set('name', name)
  form.set('folder', folder)
  for (const column of COLUMNS) {
    if (entry[column] !== null && entry[column] !== undefined) form.set(column, String(entry[column]))
  }
  if (url) form.set('url', url)
  else form.set('file', await openAsBlob(join(files, folder, name)), name)
  const { id } = await call(keepsake, 'POST', '/assets', form)
  return id
}

for await (const entry of entriesOf(cbsplit)) {
  const path = join(entry.folder, entry.name)
  try {
    console.log((await isThere(entry)) ? `${path}: there already` : `${path}: ${entry.id} is now ${await copy(entry)}`)
  } catch (error) {
    console.error(`${path}: ${error.message}`)
    process.exitCode = 1
  }
}
