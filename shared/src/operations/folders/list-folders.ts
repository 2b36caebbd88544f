import type { SecretPrincipal } from '../../domain/principal.ts'
import type { Context } from '../../ports/context.ts'
import type { FolderPage } from '../../ports/folder-repository.ts'

/** A page of the project's folders, by id. */
export function listFolders(
  { folders }: Context,
  { project }: SecretPrincipal,
  { page, pageSize }: { readonly page: number; readonly pageSize: number },
): Promise<FolderPage> {
  return folders.list(project.id, page, pageSize)
}
