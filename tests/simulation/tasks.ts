import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Asset } from '@keepsake/shared/domain/asset'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { SecretPrincipal } from '@keepsake/shared/domain/principal'
import { createFromText } from '@keepsake/shared/operations/assets/create-asset'
import { deleteAsset } from '@keepsake/shared/operations/assets/delete-asset'
import { deliverAsset } from '@keepsake/shared/operations/assets/deliver-asset'
import { deleteEntry, getEntry } from '@keepsake/shared/operations/assets/get-entry'
import { persistAsset } from '@keepsake/shared/operations/assets/persist-asset'
import { persistBatch } from '@keepsake/shared/operations/assets/persist-batch'
import { replaceByText, updateAsset } from '@keepsake/shared/operations/assets/update-asset'
import { createFolder } from '@keepsake/shared/operations/folders/create-folder'
import { deleteFolder } from '@keepsake/shared/operations/folders/delete-folder'
import { runUpkeep } from '@keepsake/shared/operations/upkeep/run-upkeep'
import { dropUpload } from '@keepsake/shared/operations/uploads/drop-upload'
import { uploadAsset } from '@keepsake/shared/operations/uploads/upload-asset'
import type { UpkeepContext } from '@keepsake/shared/ports/context'
import { type File, MAX_BYTES, type Task } from './scenario.ts'

const EPOCH = new Date(0)
const PROJECT = { id: 'a'.repeat(24), ownerId: 'b'.repeat(24), name: 'simulation', createdAt: EPOCH, updatedAt: EPOCH }

/** Whoever asks in a simulation. */
export const PRINCIPAL: SecretPrincipal = { kind: 'secret', project: PROJECT }

const NEVER = new AbortController().signal

/** Does what a task wants, by the verb that a route or a job would call. `recordOf` gives the record of a file as it stands now. */
export async function perform(
  context: UpkeepContext,
  task: Task,
  files: readonly File[],
  recordOf: (file: number) => Asset | undefined,
): Promise<unknown> {
  const tempIdOf = (file: number) => recordOf(file)?.tempId ?? 'temp_forgotten'
  switch (task.kind) {
    case 'upload':
      return uploadAsset(context, PRINCIPAL, { name: nameOf(files, task.file), body: bodyOf(files, task) })
    case 'persist':
      return persistAsset(context, PRINCIPAL, tempIdOf(task.file))
    case 'persist batch':
      return persistBatch(context, PRINCIPAL, task.files.map(tempIdOf))
    case 'drop':
      return dropUpload(context, PRINCIPAL, tempIdOf(task.file))
    case 'delete':
      return deleteAsset(context, PRINCIPAL, recordOf(task.file)?.id ?? 'forgotten')
    case 'deliver':
      return read(context, recordOf(task.file))
    case 'create': {
      const text = task.flaw ? 'x'.repeat(MAX_BYTES + 1) : (files[task.file]?.bytes.toString() ?? '')
      return createFromText(context, PRINCIPAL, text, { folder: '', name: nameOf(files, task.file), said: {} })
    }
    case 'delete folder':
      return deleteFolderAt(context, task.folder)
    case 'read':
      return readCurrent(context, recordOf(task.file))
    case 'replace':
      return replaceByText(context, PRINCIPAL, await entryOf(context, recordOf(task.file)), task.content, { said: {} })
    case 'hotlink':
      return updateAsset(context, await entryOf(context, recordOf(task.file)), { url: 'https://x.test/', said: {} })
    case 'rename':
      return updateAsset(context, await entryOf(context, recordOf(task.file)), { name: task.name, said: {} })
    case 'move':
      await createFolder(context, PRINCIPAL, task.folder)
      return updateAsset(context, await entryOf(context, recordOf(task.file)), { folder: task.folder, said: {} })
    case 'remove':
      return deleteEntry(context, PRINCIPAL, recordOf(task.file)?.number ?? 0)
    case 'upkeep':
      return runUpkeep(context, NEVER)
  }
}

/** Every byte of the asset by its permanent url, or by its temporary one while it has no other. */
export async function read(context: UpkeepContext, asset: Asset | undefined): Promise<Uint8Array> {
  const byKey = asset?.state !== 'persisting' && asset?.key !== undefined
  const delivery = await deliverAsset(
    context,
    byKey ? { key: asset.key } : { tempId: asset?.tempId ?? 'temp_forgotten' },
  )
  const { body } = await delivery.open()
  return body instanceof Uint8Array ? body : buffer(body)
}

function entryOf(context: UpkeepContext, asset: Asset | undefined): Promise<Asset> {
  return getEntry(context, PRINCIPAL, asset?.number ?? 0)
}

/** Every byte of what the asset's content is now. */
async function readCurrent(context: UpkeepContext, asset: Asset | undefined): Promise<Uint8Array> {
  const delivery = await deliverAsset(context, { assetId: asset?.id ?? 'forgotten' })
  const { body } = await delivery.open()
  return body instanceof Uint8Array ? body : buffer(body)
}

async function deleteFolderAt(context: UpkeepContext, path: string): Promise<void> {
  const folder = await context.folders.findByPath(PRINCIPAL.project.id, path)
  if (folder) await deleteFolder(context, PRINCIPAL, folder.id)
}

function nameOf(files: readonly File[], file: number): string {
  return files[file]?.name ?? ''
}

function bodyOf(files: readonly File[], { file, flaw }: Extract<Task, { kind: 'upload' }>): Readable {
  const bytes = files[file]?.bytes ?? Buffer.alloc(0)
  const half = bytes.length >> 1
  return Readable.from(
    (function* () {
      yield bytes.subarray(0, half)
      if (flaw === 'breaks off') throw new KeepsakeError('MULTIPART_BROKEN', 'The client went away.')
      yield flaw === 'too large' ? Buffer.alloc(MAX_BYTES) : bytes.subarray(half)
    })(),
  )
}
