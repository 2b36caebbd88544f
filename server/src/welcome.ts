import { relative } from 'node:path'
import type { AccessKeys } from '@keepsake/shared/config/generated-secrets'

/** Shows keys that were just made: the only place where they stand in full besides their file. */
export function newKeysText(keys: AccessKeys): string {
  return block([
    `New access keys${keys.file ? `, kept in ${shortPath(keys.file)}` : ''}:`,
    '',
    ...(keys.secretKey ? [`  secret key (your backend)    ${keys.secretKey}`] : []),
    ...(keys.publicKey ? [`  public key (your web pages)  ${keys.publicKey}`] : []),
  ])
}

/** Where the server is, and a line to try for each step of an asset's life. Keys stand in it only when they are new. */
export function welcomeText(publicUrl: string, keys: AccessKeys): string {
  const secret = keys.isNew && keys.secretKey ? keys.secretKey : '$KEEPSAKE_SECRET_KEY'
  const hasPublic = keys.publicKey !== undefined
  const page = keys.isNew && keys.publicKey ? keys.publicKey : '$KEEPSAKE_PUBLIC_KEY'
  const hint = keys.isNew
    ? []
    : [keys.file ? `The keys: . ${shortPath(keys.file)}` : 'The keys are those of the environment.']
  return block([
    `Keepsake listens at ${publicUrl}`,
    ...hint,
    '',
    '1. Upload a file, as a browser does; it is temporary:',
    `  curl -F file=@README.md -H "Authorization: Bearer ${hasPublic ? page : secret}" ${publicUrl}/asset/upload/temp`,
    '2. Persist it, as your backend does, with the tempAssetId of the first answer:',
    `  curl -H "Content-Type: application/json" -d '{"tempAssetId":"temp_..."}' -H "Authorization: Bearer ${secret}" ${publicUrl}/asset/upload/persist`,
    '3. Read it, as anybody may, at the url of the second answer:',
    '  curl <url>',
  ])
}

function block(lines: readonly string[]): string {
  return `\n${lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')}\n\n`
}

/** As a shell in the working directory may write it. */
function shortPath(file: string): string {
  const path = relative('', file)
  return path.startsWith('..') ? file : `./${path}`
}
