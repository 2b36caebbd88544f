import type { StatsFs } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { onDisk, storageFull } from './storage-error.ts'

const GIB = 1024 ** 3

/** How long one look at the file system counts, in milliseconds. */
const FRESH = 1000

/** Keeps some of a file system free for the database, for deletions and for people. */
export class FreeSpace {
  readonly #folder: string
  readonly #minFreeBytes: number | undefined
  #look: Promise<StatsFs> | undefined
  #lookedAt = 0

  /** Without `minFreeBytes`: the smaller of 1 GiB and 5 % of the file system. 0 keeps nothing free. */
  constructor(folder: string, minFreeBytes?: number) {
    this.#folder = folder
    this.#minFreeBytes = minFreeBytes
  }

  /** Throws STORAGE_FULL while less is free than must be. */
  async require(): Promise<void> {
    if (this.#minFreeBytes === 0) return
    const { bavail, blocks, bsize } = await onDisk(this.#lookAgain())
    const required = this.#minFreeBytes ?? Math.min(GIB, blocks * bsize * 0.05)
    if (bavail * bsize < required) throw storageFull()
  }

  #lookAgain(): Promise<StatsFs> {
    const now = performance.now()
    if (this.#look && now - this.#lookedAt < FRESH) return this.#look
    this.#lookedAt = now
    this.#look = statfs(this.#folder)
    return this.#look
  }
}
