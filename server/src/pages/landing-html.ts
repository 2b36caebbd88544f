/** The style of the page; its hash is in the page's policy, so it is written into the page exactly as it stands. */
export const landingStyle = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6676; --paper: #fbfaf7; --card: #fff; --line: #e4e1d8; --accent: #0b6e5b }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e6e1; --soft: #a2a9b4; --paper: #14181d; --card: #1c2229; --line: #2e363f; --accent: #5cc9b0 }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.6 system-ui, sans-serif }
main { max-width: 46rem; margin: 0 auto; padding: clamp(2rem, 8vh, 6rem) 1.25rem 3rem }
h1 { margin: 0; font-size: clamp(2.2rem, 7vw, 3.2rem); letter-spacing: -.02em; line-height: 1.1 }
h2 { margin: 0 0 .25rem; font-size: 1.05rem }
.lead { margin: 1rem 0 2.5rem; font-size: 1.2rem; color: var(--soft) }
ol { list-style: none; margin: 0; padding: 0; display: grid; gap: 1rem }
li { min-width: 0; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.1rem 1.25rem }
li p { margin: 0 0 .75rem; color: var(--soft) }
pre { margin: 0; padding: .8rem 1rem; overflow-x: auto; border-radius: .5rem; background: var(--paper); border: 1px solid var(--line) }
code { font: .85rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
a { color: var(--accent); text-underline-offset: .2em }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: .2rem }
footer { margin-top: 2.5rem; padding-top: 1.25rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .95rem }
footer a { margin-right: 1.25rem }
`

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%230b6e5b'/%3E%3Cpath d='M9 13h14v10H9zM12 13v-2a4 4 0 0 1 8 0v2' fill='none' stroke='%23fff' stroke-width='2.4' stroke-linejoin='round'/%3E%3C/svg%3E"

/** The page, with the commands as they are typed against this installation. */
export function landingHtml(publicUrl: string): string {
  const url = escapeHtml(publicUrl)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="A self-hosted two-phase upload service.">
<title>Keepsake</title>
<link rel="icon" href="${ICON}">
<style>${landingStyle}</style>
</head>
<body>
<main>
<h1>Keepsake</h1>
<p class="lead">Uploads in two phases: a browser sends a file, your backend decides whether it stays. What nobody keeps is cleaned away.</p>
<ol>
<li>
<h2>1. Upload</h2>
<p>From a page, with the public key. The answer names the temporary asset.</p>
<pre tabindex="0"><code>curl -H "Authorization: Bearer $KEEPSAKE_PUBLIC_KEY" \\
  -F file=@photo.jpg ${url}/asset/upload/temp</code></pre>
</li>
<li>
<h2>2. Persist</h2>
<p>From your backend, with the secret key, before the deadline passes.</p>
<pre tabindex="0"><code>curl -H "Authorization: Bearer $KEEPSAKE_SECRET_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"tempAssetId": "temp_…"}' ${url}/asset/upload/persist</code></pre>
</li>
<li>
<h2>3. Deliver</h2>
<p>The answer carries a permanent url. Whoever knows it can read the file.</p>
<pre tabindex="0"><code>curl -O "$URL"</code></pre>
</li>
</ol>
<footer>
<a href="/openapi.yaml">API description</a>
<a href="/health/ready">Readiness</a>
</footer>
</main>
</body>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
