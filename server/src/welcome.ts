import type { AccessKeys } from '@keepsake/shared/config/generated-secrets'
import { shortPath, textBlock } from '@keepsake/shared/config/new-keys-text'

/** Where the server is, and a line to try for each step of an asset's life. Keys stand in it only when they are new. */
export function welcomeText(publicUrl: string, keys: AccessKeys): string {
  const secret = keys.isNew && keys.secretKey ? keys.secretKey : '$KEEPSAKE_SECRET_KEY'
  const hasPublic = keys.publicKey !== undefined
  const page = keys.isNew && keys.publicKey ? keys.publicKey : '$KEEPSAKE_PUBLIC_KEY'
  const hint = keys.isNew
    ? []
    : [keys.file ? `The keys: . ${shortPath(keys.file)}` : 'The keys are those of the environment.']
  return textBlock([
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
