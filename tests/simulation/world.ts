import type { Asset } from '@keepsake/shared/domain/asset'
import type { Batch } from '@keepsake/shared/domain/batch'
import type { Folder } from '@keepsake/shared/domain/folder'

/** The bytes of an object. */
export interface StoredObject {
  readonly bytes: Buffer
  readonly storedAt: Date
}

/** All that is stored, and the true time. A step changes it at once; records are never changed, only replaced. */
export interface World {
  /** Milliseconds; no clock of an actor need agree. */
  time: number
  /** How far the database's clock is off, in milliseconds. */
  databaseClock: number
  /** A copy reads in one step and lands in another, as between buckets; else it is one step, as a link is. */
  readonly slowCopies: boolean
  readonly assets: Map<string, Asset>
  readonly batches: Map<string, Batch>
  readonly objects: Map<string, StoredObject>
  /** The last number given, by project. */
  readonly numbers: Map<string, number>
  readonly folders: Folder[]
  /** The last id given to a folder, by project. */
  readonly folderNumbers: Map<string, number>
  lastBeat: Date | undefined
}

/** Nothing stored yet. */
export function emptyWorld(time: number, about: Pick<World, 'databaseClock' | 'slowCopies'>): World {
  return {
    time,
    ...about,
    assets: new Map(),
    batches: new Map(),
    objects: new Map(),
    numbers: new Map(),
    folders: [],
    folderNumbers: new Map(),
    lastBeat: undefined,
  }
}
