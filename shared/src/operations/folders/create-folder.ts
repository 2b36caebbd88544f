import { KeepsakeError } from '../../domain/errors.ts'
import type { Folder } from '../../domain/folder.ts'
import { folderPath, withParents } from '../../domain/place.ts'
import type { SecretPrincipal } from '../../domain/principal.ts'
import type { Context } from '../../ports/context.ts'
import { folderNotFound } from './expect-folder.ts'

/** Makes a folder and those above it; answers with the one that is there already. `path` is as the client gave it. Throws BODY_INVALID. */
export async function createFolder(context: Context, principal: SecretPrincipal, path: string): Promise<Folder> {
  const projectId = principal.project.id
  const clean = folderPath(path, 'path')
  if (clean === '') throw new KeepsakeError('BODY_INVALID', 'path must not be empty', { details: { param: 'path' } })
  const known = await context.folders.findByPath(projectId, clean)
  if (known) return known
  await context.folders.ensure(projectId, withParents(clean), context.now())
  const made = await context.folders.findByPath(projectId, clean)
  // Somebody deleted it again between the two lines.
  if (!made) throw folderNotFound()
  return made
}
