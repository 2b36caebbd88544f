// Uploads what is chosen, and hands the temporary id to the form.
const fileInput = document.querySelector('#file')
const progress = document.querySelector('#progress')
const hidden = document.querySelector('#tempAssetId')
const save = document.querySelector('#save')

const { url, publicKey } = await (await fetch('/settings.json')).json()
let latest

fileInput.addEventListener('change', async () => {
  const [file] = fileInput.files
  // A new choice ends the upload before it.
  latest?.abort()
  latest = new AbortController()
  const { signal } = latest
  hidden.value = ''
  save.disabled = true
  if (!file) return show('No file yet.')

  show(`Uploading ${file.name} (${readable(file.size)}) …`)
  try {
    const { tempAssetId, asset } = await upload(file, signal)
    hidden.value = tempAssetId
    save.disabled = false
    const until = new Date(asset.expiresAt).toLocaleString()
    show(`${asset.name} is uploaded (${asset.type}). Save the note before ${until} to keep it.`)
  } catch (error) {
    if (!signal.aborted) show(error.message, 'error')
  }
})

async function upload(file, signal) {
  const body = new FormData()
  body.append('file', file)
  const headers = { Authorization: `Bearer ${publicKey}` }
  const response = await fetch(`${url}/asset/upload/temp`, { method: 'POST', headers, body, signal }).catch((cause) => {
    throw new Error('The file could not be sent; check your connection and choose it again.', { cause })
  })
  const answer = await response.json()
  // Every error of Keepsake says in `detail` what is wrong.
  if (!response.ok) throw new Error(answer.detail)
  return answer
}

function show(text, className = '') {
  progress.textContent = text
  progress.className = className
}

function readable(bytes) {
  if (bytes < 1024) return `${bytes} bytes`
  return bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`
}
