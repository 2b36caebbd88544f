/** `open`: may still be aborted. `committed`: every member will be persisted. */
export type BatchState = 'open' | 'committed' | 'aborted' | 'done'

/** Several assets that are persisted together or not at all. */
export interface Batch {
  readonly id: string
  readonly projectId: string
  /** Ids of assets. */
  readonly members: readonly string[]
  readonly state: BatchState
  /** When the worker must look at it: finish it, abort it or remove it. */
  readonly dueAt: Date
}

const MINUTE = 60 * 1000
const DAY = 24 * 60 * MINUTE

/** A batch that nobody has decided yet. */
export function openBatch(begun: Pick<Batch, 'id' | 'projectId' | 'members'>, now: Date): Batch {
  return { ...begun, state: 'open', dueAt: new Date(now.getTime() + DAY) }
}

/** The only ways of a batch: `open → committed → done`, `open → aborted`; what is over is kept for 7 days. */
export function moveBatch(batch: Batch, state: Exclude<BatchState, 'open'>, now: Date): Batch {
  const from = state === 'done' ? 'committed' : 'open'
  if (batch.state !== from) throw new Error(`A batch that is ${batch.state} cannot become ${state}.`)
  // The request that committed it finishes it at once; the worker comes in a minute, in case it died.
  return { ...batch, state, dueAt: new Date(now.getTime() + (state === 'committed' ? MINUTE : 7 * DAY)) }
}
