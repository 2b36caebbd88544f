import type { Batch, BatchState } from '../domain/batch.ts'

/** Records of batches. */
export interface BatchRepository {
  insert(batch: Batch): Promise<void>
  find(id: string): Promise<Batch | undefined>
  /** Writes `batch` only while the stored state is `from`; tells whether it did. May throw OUTCOME_UNKNOWN. */
  replace(batch: Batch, from: BatchState): Promise<boolean>
}

/** What only the worker does to batches. */
export interface BatchUpkeep {
  /** Batches with `dueAt` not later than `now`, by `(dueAt, id)`, those behind `after` only. */
  findDue(now: Date, limit: number, after?: Pick<Batch, 'id' | 'dueAt'>): Promise<Batch[]>
  /** Removes a batch that is over. */
  forget(id: string): Promise<void>
}
