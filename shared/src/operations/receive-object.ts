import type { Readable } from 'node:stream'
import type { Received } from '../domain/asset.ts'
import type { Context } from '../ports/context.ts'
import { fileTooLarge, inspectContent, type UploadLimits } from './inspect-content.ts'

/** How the bytes of a file arrive. */
export interface Reception extends UploadLimits {
  /** Bytes, when the client said it. */
  readonly size?: number
  /** Ends it with its reason. */
  readonly signal?: AbortSignal
}

/**
 * Stores the body under an announced key and tells what it is. Nothing is held beyond a buffer of fixed size.
 * Throws FILE_TOO_LARGE, TYPE_NOT_ALLOWED, STORAGE_FULL, UNAVAILABLE or the signal's reason; the caller then owes the key.
 */
export async function receiveObject(
  context: Context,
  { key, name }: { readonly key: string; readonly name: string },
  body: Readable,
  { size, signal, ...limits }: Reception,
): Promise<Received> {
  if (size !== undefined && size > limits.maxBytes) throw fileTooLarge(limits.maxBytes)
  const inspection = inspectContent(name, limits, (reason) => void body.destroy(reason))
  let found: Omit<Received, 'storedAt'> | undefined
  await context.storage.put(key, body, {
    ...(size !== undefined && { size }),
    ...(signal && { signal }),
    inspect: inspection.inspect,
    accept: async () => {
      found = await inspection.finish()
    },
  })
  if (!found) throw new Error(`The storage took the object ${key} without asking.`)
  return { storedAt: context.now(), ...found }
}
