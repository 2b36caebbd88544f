// A backend that knows the secret key: it persists the file of each note that a user saves, and nothing else.
import { fileURLToPath } from 'node:url'
import express from 'express'
import { errorPage, notePage } from './pages.mjs'

const { KEEPSAKE_URL = 'http://localhost:3000', KEEPSAKE_SECRET_KEY, KEEPSAKE_PUBLIC_KEY, PORT = '4000' } = process.env

if (!KEEPSAKE_SECRET_KEY || !KEEPSAKE_PUBLIC_KEY) {
  console.error('KEEPSAKE_SECRET_KEY and KEEPSAKE_PUBLIC_KEY must be set: . ./data/keys.env; export both.')
  process.exit(1)
}

/** Longer than a persist ever takes, shorter than a user waits. */
const PATIENCE = 10_000

const app = express()
app.use(express.static(fileURLToPath(new URL('public', import.meta.url))))

// The public key may be seen by everybody; the secret one never leaves this process.
app.get('/settings.json', (_req, res) => {
  res.json({ url: KEEPSAKE_URL, publicKey: KEEPSAKE_PUBLIC_KEY })
})

app.post('/notes', express.urlencoded(), async (req, res) => {
  const { text = '', tempAssetId } = req.body ?? {}
  const { status, body } = await persist(tempAssetId)
  if (status !== 200) {
    res.status(status).send(errorPage(body.detail))
    return
  }
  // Here a real application stores the note together with the asset's _id and url.
  res.send(notePage({ text: String(text), asset: body.asset }))
})

/** Asks Keepsake to keep the file. May be repeated: the answer is always the same asset. */
async function persist(tempAssetId) {
  try {
    const response = await fetch(`${KEEPSAKE_URL}/asset/upload/persist`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${KEEPSAKE_SECRET_KEY}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ tempAssetId }),
      signal: AbortSignal.timeout(PATIENCE),
    })
    return { status: response.status, body: await response.json() }
  } catch (error) {
    console.error(`Keepsake does not answer: ${error.cause?.message ?? error.message}`)
    return { status: 502, body: { detail: 'The file service does not answer; your file is still there, try again.' } }
  }
}

const server = app.listen(Number(PORT), '127.0.0.1', (error) => {
  if (error) throw error
  console.log(`The example listens at http://localhost:${server.address().port}`)
})
