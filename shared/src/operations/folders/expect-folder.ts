import { KeepsakeError } from '../../domain/errors.ts'
import type { Context } from '../../ports/context.ts'

/** Throws FOLDER_NOT_FOUND for a folder that has no record and holds nothing. The root always exists. */
export async function expectFolder({ folders, assets }: Context, projectId: string, folder: string): Promise<void> {
  if (folder === '' || (await folders.findByPath(projectId, folder)) || (await assets.holdsAny(projectId, folder)))
    return
  throw folderNotFound()
}

/** The refusal of a folder that does not exist. */
export function folderNotFound(): KeepsakeError {
  return new KeepsakeError('FOLDER_NOT_FOUND', 'there is no such folder')
}
