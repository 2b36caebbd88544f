import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { ByteRange, OpenObject, PutOptions, Storage } from '@keepsake/shared/ports/storage'
import type { ObjectPage, StorageUpkeep } from '@keepsake/shared/ports/storage-upkeep'
import type { Step } from './step.ts'
import type { World } from './world.ts'

const PAGE = 1000

/** Objects in memory. A put lands when its body has ended; a copy reads in one step and lands in another. */
export class SimulatedStorage implements Storage, StorageUpkeep {
  readonly #world: World
  readonly #step: Step

  constructor(world: World, step: Step) {
    this.#world = world
    this.#step = step
  }

  async put(key: string, body: Readable, options: PutOptions = {}): Promise<void> {
    const bytes = await readWhole(body, options)
    await options.accept?.()
    await this.#step({
      name: 'put',
      about: () => key,
      lost: 'UNAVAILABLE',
      effect: () => {
        if (this.#world.objects.has(key)) throw new Error(`The key ${key} is there already.`)
        this.#store(key, bytes)
      },
    })
  }

  async open(key: string, range?: ByteRange): Promise<OpenObject> {
    return this.#step({
      name: 'open',
      about: () => key,
      effect: () => {
        const bytes = this.#bytesOf(key)
        return { size: bytes.length, body: range ? bytes.subarray(range.start, range.end + 1) : bytes }
      },
    })
  }

  async size(key: string): Promise<number> {
    return this.#step({ name: 'size', about: () => key, effect: () => this.#bytesOf(key).length })
  }

  async copy(from: string, to: string): Promise<void> {
    const read = () => this.#bytesOf(from)
    const slow = this.#world.slowCopies
    const bytes = slow ? await this.#step({ name: 'copy reads', about: () => from, effect: read }) : undefined
    await this.#step({
      name: slow ? 'copy lands' : 'copy',
      about: () => to,
      lost: 'UNAVAILABLE',
      effect: () => this.#land(to, bytes ?? read()),
    })
  }

  async check(): Promise<void> {
    await this.#step({ name: 'check storage', effect: () => undefined })
  }

  async delete(keys: readonly string[]): Promise<void> {
    await this.#step({
      name: 'delete objects',
      about: () => keys.join(' '),
      lost: 'UNAVAILABLE',
      effect: () => {
        for (const key of keys) this.#world.objects.delete(key)
      },
      part: (share) => {
        for (const key of keys.slice(0, Math.floor(share * (keys.length + 1)))) this.#world.objects.delete(key)
      },
    })
  }

  async list(prefix: string, cursor = ''): Promise<ObjectPage> {
    return this.#step({
      name: 'list objects',
      about: () => prefix,
      effect: () => {
        const keys = [...this.#world.objects.keys()].filter((key) => key.startsWith(prefix) && key > cursor).sort()
        const objects = keys.slice(0, PAGE).map((key) => {
          const { bytes, storedAt } = this.#stored(key)
          return { key, size: bytes.length, storedAt }
        })
        const last = objects.at(-1)?.key
        return { objects, ...(last !== undefined && keys.length > PAGE && { cursor: last }) }
      },
    })
  }

  async clearStaging(): Promise<number> {
    return this.#step({ name: 'clear staging', effect: () => 0 })
  }

  #land(key: string, bytes: Buffer): void {
    const there = this.#world.objects.get(key)
    if (there && !there.bytes.equals(bytes)) throw new Error(`Other bytes lie under ${key}.`)
    if (!there) this.#store(key, bytes)
  }

  #store(key: string, bytes: Buffer): void {
    this.#world.objects.set(key, { bytes, storedAt: new Date(this.#world.time) })
  }

  #bytesOf(key: string): Buffer {
    return this.#stored(key).bytes
  }

  #stored(key: string) {
    const stored = this.#world.objects.get(key)
    if (!stored) throw new KeepsakeError('OBJECT_NOT_FOUND', `There is no object ${key}.`)
    return stored
  }
}

async function readWhole(body: Readable, { size, signal, inspect }: PutOptions): Promise<Buffer> {
  if (!body.readable) throw new Error('The body was read or destroyed before.', { cause: body.errored })
  const chunks: Buffer[] = []
  const collect = async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) {
      inspect?.(chunk)
      chunks.push(chunk)
    }
  }
  try {
    await (signal ? pipeline(body, collect, { signal }) : pipeline(body, collect))
  } catch (error) {
    throw signal?.aborted ? signal.reason : error
  }
  const bytes = Buffer.concat(chunks)
  if (size !== undefined && bytes.length !== size) throw new Error(`The body has ${bytes.length} bytes, not ${size}.`)
  return bytes
}
