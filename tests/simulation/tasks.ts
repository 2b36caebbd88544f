import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Asset } from '@keepsake/shared/domain/asset'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { SecretPrincipal } from '@keepsake/shared/domain/principal'
import { deleteAsset } from '@keepsake/shared/operations/assets/delete-asset'
import { deliverAsset } from '@keepsake/shared/operations/assets/deliver-asset'
import { persistAsset } from '@keepsake/shared/operations/assets/persist-asset'
import { persistBatch } from '@keepsake/shared/operations/assets/persist-batch'
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
