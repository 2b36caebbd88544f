import type { Asset } from '../../domain/asset.ts'
import { fileName } from '../../domain/file-name.ts'
import { newId, newTempId } from '../../domain/identifier.ts'
import type { Principal } from '../../domain/principal.ts'
import * as transitions from '../../domain/transitions.ts'
import type { Context } from '../../ports/context.ts'
import { insertAsset } from '../insert-asset.ts'

/** Announces an upload: from here on a record leads to its temporary key. `name` is taken as the client sent it. */
export async function beginUpload(
  context: Context,
  principal: Principal,
  { name }: { readonly name: string },
): Promise<Asset & { readonly tempId: string }> {
  const begun = {
    id: newId(context.randomBytes),
    tempId: newTempId(context.randomBytes),
    projectId: principal.project.id,
    userId: principal.project.ownerId,
    name: fileName(name),
  }
  const asset = transitions.beginUpload(begun, context.now(), context.settings)
  await insertAsset(context, asset)
  return { ...asset, tempId: begun.tempId }
}
