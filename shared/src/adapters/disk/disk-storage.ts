import { randomUUID } from 'node:crypto'
import { open } from 'node:fs'
import { access, rename, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { KeepsakeError } from '../../domain/errors.ts'
import type { ByteRange, OpenObject, PutOptions, Storage } from '../../ports/storage.ts'
import type { ObjectPage, StorageUpkeep } from '../../ports/storage-upkeep.ts'
import { clearFolder } from './clear-folder.ts'
import { FolderSync } from './folder-sync.ts'
import { FreeSpace } from './free-space.ts'
import { isThere, linkCopy, linkFile, removeFile } from './link-file.ts'
import { listObjects } from './list-objects.ts'
import { type ObjectPath, objectPath } from './object-path.ts'
import { openObject } from './open-object.ts'
import { expectUsable, prepareFolders, stagingFolder } from './prepare-folders.ts'
import { stageFile } from './stage-file.ts'
import { hasCode, onDisk } from './storage-error.ts'

const openFile = promisify(open)

/** How many folders are worked on at once. */
const PARALLEL_FOLDERS = 8

/** Opens the folder `root` for objects, and makes it first if need be. Throws CONFIG_INVALID when it cannot be used. */
export async function openDiskStorage(options: {
  root: string
  minFreeBytes?: number | undefined
}): Promise<DiskStorage> {
  const root = resolve(options.root)
  await prepareFolders(root)
  return new DiskStorage(root, new FreeSpace(root, options.minFreeBytes))
}

/**
 * Keeps objects as files under `root`, which any number of processes of one machine may share. An object is written
 * and flushed under a staging name, then linked to its own: readers never see half a file, nothing is overwritten.
 */
export class DiskStorage implements Storage, StorageUpkeep {
  readonly #root: string
  readonly #space: FreeSpace
  readonly #folders = new FolderSync()

  constructor(root: string, space: FreeSpace) {
    this.#root = root
    this.#space = space
  }

  async put(key: string, body: Readable, options: PutOptions = {}): Promise<void> {
    const staged = this.#stagingName()
    try {
      await stageFile(this.#openStaged(staged, options), body, options)
      await options.accept?.()
      const target = objectPath(this.#root, key)
      if (!(await onDisk(linkFile(staged, target.file)))) throw new Error(`The key ${key} has an object already.`)
      await onDisk(this.#finish(target))
    } finally {
      await onDisk(removeFile(staged))
    }
  }

  async open(key: string, range?: ByteRange): Promise<OpenObject> {
    const path = objectPath(this.#root, key)
    return onDisk(openObject(path.file, range).catch((error) => failMissing(path, error)))
  }

  async size(key: string): Promise<number> {
    const path = objectPath(this.#root, key)
    const { size } = await onDisk(stat(path.file).catch((error) => failMissing(path, error)))
    return size
  }

  async copy(from: string, to: string): Promise<void> {
    const source = objectPath(this.#root, from)
    const target = objectPath(this.#root, to)
    const copying = linkCopy(source.file, target.file, this.#stagingName())
    await onDisk(copying.catch((error) => failMissingSource(source, error)))
    // Also for a target that was there: whoever made it may not have come to this yet.
    await onDisk(this.#finish(target))
  }

  async check(): Promise<void> {
    await onDisk(expectUsable(this.#root))
  }

  async delete(keys: readonly string[]): Promise<void> {
    const paths = keys.map((key) => objectPath(this.#root, key))
    const folders = [...new Set(paths.map(({ folder }) => folder))]
    for (let done = 0; done < folders.length; done += PARALLEL_FOLDERS) {
      const some = folders.slice(done, done + PARALLEL_FOLDERS)
      await onDisk(Promise.all(some.map((folder) => this.#deleteIn(folder, paths))))
    }
  }

  async list(prefix: string, cursor?: string): Promise<ObjectPage> {
    return onDisk(listObjects(this.#root, prefix, cursor))
  }

  async clearStaging(before: Date): Promise<number> {
    return onDisk(clearFolder(stagingFolder(this.#root), before))
  }

  #stagingName(): string {
    return join(stagingFolder(this.#root), randomUUID())
  }

  async #openStaged(staged: string, { usesReserve }: PutOptions): Promise<number> {
    if (!usesReserve) await this.#space.require()
    return openFile(staged, 'wx', 0o600)
  }

  /** The object has its name; makes that durable, and its key findable. */
  async #finish(target: ObjectPath): Promise<void> {
    if (target.keyFile) await this.#writeKeyFile(target.keyFile, target.key)
    await this.#folders.sync(target.folder)
  }

  async #writeKeyFile(keyFile: string, key: string): Promise<void> {
    const staged = this.#stagingName()
    try {
      await writeFile(staged, key, { flag: 'wx', mode: 0o600, flush: true })
      await rename(staged, keyFile)
    } finally {
      await removeFile(staged)
    }
  }

  async #deleteIn(folder: string, paths: readonly ObjectPath[]): Promise<void> {
    for (const path of paths) {
      if (path.folder !== folder) continue
      await removeFile(path.file)
      if (path.keyFile) await removeFile(path.keyFile)
    }
    // Also when nothing was there: another process may have deleted it a moment ago, and a folder that is gone must not pass for an empty one.
    await this.#folders.sync(folder)
  }
}

/** Tells an object that is missing from a folder of bytes that is: one is an answer, the other an outage. */
async function failMissing(path: ObjectPath, error: unknown): Promise<never> {
  if (!hasCode(error, 'ENOENT')) throw error
  await access(path.folder)
  throw new KeepsakeError('OBJECT_NOT_FOUND', 'There is no such object.', { cause: error })
}

/** As above; but a source that is there means that the folder of the target is not. */
async function failMissingSource(source: ObjectPath, error: unknown): Promise<never> {
  if (hasCode(error, 'ENOENT') && (await isThere(source.file))) throw error
  return failMissing(source, error)
}
