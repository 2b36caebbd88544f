import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Content } from '../../domain/asset.ts'
import { isCode } from '../../domain/errors.ts'
import type { OpenObject, Storage } from '../../ports/storage.ts'
import type { TransferContext } from './transfer-context.ts'

/**
 * What became of an object. `missing`: the source has none. `damaged`: what the source has is not what the record says.
 * `occupied`: the target holds something else under that key.
 */
export type CopyOutcome = 'copied' | 'present' | 'missing' | 'damaged' | 'occupied'

/** An object of which no byte arrives for so long has failed, milliseconds. */
const IDLE_TIMEOUT = 5 * 60_000

/** Copies the object unless the target has it. It becomes visible there only when its size and SHA-256 are those of `content`. */
export async function copyObject(
  { source, target, signal }: Pick<TransferContext, 'source' | 'target' | 'signal'>,
  key: string,
  content: Pick<Content, 'size' | 'sha256'>,
): Promise<CopyOutcome> {
  // Keys are never used again, and no storage shows a part of an object: one of this size is this one.
  const stored = await sizeOf(target.storage, key)
  if (stored !== undefined) return stored === content.size ? 'present' : 'occupied'
  const object = await openIfThere(source.storage, key)
  if (!object) return 'missing'
  if (object.size !== content.size) {
    if (object.body instanceof Readable) object.body.destroy()
    return 'damaged'
  }

  const hash = createHash('sha256')
  const watch = watchFlow(signal)
  let isDamaged = false
  try {
    const body = object.body instanceof Readable ? object.body : Readable.from([Buffer.from(object.body)])
    await target.storage.put(key, body, {
      size: content.size,
      signal: watch.signal,
      inspect(chunk) {
        watch.flow()
        hash.update(chunk)
      },
      async accept() {
        isDamaged = hash.digest('hex') !== content.sha256
        if (isDamaged) throw new Error(`The object ${key} is not what its record says.`)
      },
    })
    return 'copied'
  } catch (error) {
    if (isDamaged) return 'damaged'
    throw error
  } finally {
    watch.stop()
  }
}

async function sizeOf(storage: Storage, key: string): Promise<number | undefined> {
  return storage.size(key).catch(undefinedIfMissing)
}

async function openIfThere(storage: Storage, key: string): Promise<OpenObject | undefined> {
  return storage.open(key).catch(undefinedIfMissing)
}

function undefinedIfMissing(error: unknown): undefined {
  if (!isCode(error, 'OBJECT_NOT_FOUND')) throw error
}

/** A signal that aborts with `signal`, and when nothing has flowed for a while. */
function watchFlow(signal: AbortSignal) {
  const stalled = new AbortController()
  const timer = setTimeout(() => stalled.abort(new Error('The object stopped flowing.')), IDLE_TIMEOUT)
  return {
    signal: AbortSignal.any([signal, stalled.signal]),
    flow: () => void timer.refresh(),
    stop: () => clearTimeout(timer),
  }
}
