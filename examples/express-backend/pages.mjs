// What the backend shows once a note was sent. Everything that a user wrote is escaped.

/** The saved note with the permanent address of its file. */
export function notePage({ text, asset }) {
  return page(
    'Saved',
    `<p>${escapeHtml(text) || 'A note without words'}</p>
     ${asset.type.startsWith('image/') ? `<img src="${escapeHtml(asset.url)}" alt="${escapeHtml(asset.name)}">` : ''}
     <p>${escapeHtml(asset.name)}, ${asset.size} bytes, is kept at<br>
     <a id="url" href="${escapeHtml(asset.url)}">${escapeHtml(asset.url)}</a></p>`,
  )
}

/** What went wrong, in a sentence for the user. */
export function errorPage(detail) {
  return page('Not saved', `<p class="error" role="alert">${escapeHtml(String(detail))}</p>`)
}

function page(title, content) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
<h1>${title}</h1>
${content}
<p><a href="/">Another note</a></p>
</main>
</body>
</html>
`
}

function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
