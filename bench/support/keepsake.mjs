// The real server, as `npm run build` made it, on a folder of its own.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startChild } from './child-server.mjs'

const MAIN = fileURLToPath(new URL('../../server/dist/main.js', import.meta.url))

/**
 * Starts a server under `folder`. It logs as it does by default, one line a request, to nowhere: `env` may change that and all else.
 * `nodeArgs` come before the program.
 */
export async function startKeepsake(folder, { env = {}, nodeArgs = [] } = {}) {
  const port = await freePort()
  const secretKey = `sk_${randomBytes(24).toString('hex')}`
  const base = `http://127.0.0.1:${port}`
  const dataDir = join(folder, 'data')
  const server = await startChild([...nodeArgs, MAIN], port, {
    PORT: String(port),
    BIND: '127.0.0.1',
    PUBLIC_URL: base,
    DATA_DIR: dataDir,
    KEEPSAKE_SECRET_KEY: secretKey,
    // A benchmark makes in a minute what one project may have waiting in a day.
    TEMP_BYTES_PER_PROJECT: '0',
    TEMP_ASSETS_PER_PROJECT: '0',
    ...env,
  })
  return { ...server, port, base, dataDir, secretKey }
}

/** Uploads bytes and persists them; answers with the persisted asset. */
export async function storeAsset({ base, secretKey }, name, bytes) {
  const headers = { Authorization: `Bearer ${secretKey}` }
  const upload = await fetch(`${base}/asset/upload/temp?name=${name}`, { method: 'POST', headers, body: bytes })
  const { tempAssetId } = await expectSuccess(upload)
  const body = JSON.stringify({ tempAssetId })
  const persist = await fetch(`${base}/asset/upload/persist`, { method: 'POST', headers, body })
  return (await expectSuccess(persist)).asset
}

async function expectSuccess(response) {
  if (response.ok) return response.json()
  throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`)
}
