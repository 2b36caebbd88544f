import { KeepsakeError } from '../../domain/errors.ts'
import { withParents } from '../../domain/place.ts'
import type { SecretPrincipal } from '../../domain/principal.ts'
import type { Context } from '../../ports/context.ts'
import { folderNotFound } from './expect-folder.ts'

/**
 * Deletes an empty folder. Throws FOLDER_NOT_FOUND and FOLDER_NOT_EMPTY. An asset that moves in at the same moment
 * brings the folder back.
 */
export async function deleteFolder(context: Context, principal: SecretPrincipal, id: number): Promise<void> {
  const projectId = principal.project.id
  const folder = await context.folders.find(projectId, id)
  if (!folder) throw folderNotFound()
  const isEmpty =
    !(await context.assets.holdsAny(projectId, folder.path)) &&
    !(await context.folders.hasChildren(projectId, folder.path))
  if (!isEmpty) throw new KeepsakeError('FOLDER_NOT_EMPTY', 'the folder is not empty')
  if (!(await context.folders.delete(projectId, id))) throw folderNotFound()
  // What moved in before that saw a folder.
  if (await context.assets.holdsAny(projectId, folder.path)) {
    await context.folders.ensure(projectId, withParents(folder.path), context.now())
  }
}
