import { setImmediate, setTimeout } from 'node:timers/promises'
import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { commitError, statementError } from './sqlite-error.ts'
import { whenFree } from './when-free.ts'

/** Keeps one commit short enough for the requests that wait behind it. */
const LARGEST_GROUP = 500

/** How writes take turns; milliseconds. */
export interface Pace {
  /** How long a write waits for other connections before it fails. */
  readonly patience: number
  /** How long to leave the database to others between two commits. */
  readonly pause: number
}

interface Waiting {
  /** Does the write; what it returns tells the caller, once the write is durable. */
  readonly run: () => () => void
  readonly reject: (error: unknown) => void
}

/** Lets the writes that arrive in one turn of the loop share a commit, the costly part; each still succeeds or fails alone. */
export class GroupCommit {
  readonly #connection: DatabaseSyncInstance
  readonly #pace: Pace
  readonly #queue: Waiting[] = []
  #flushing: Promise<void> | undefined

  constructor(connection: DatabaseSyncInstance, pace: Pace) {
    this.#connection = connection
    this.#pace = pace
  }

  /** Settles when the write is durable or failed. `work` writes by one statement only: that is what SQLite undoes when it fails. */
  write<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = () => {
        const result = work()
        return () => resolve(result)
      }
      this.#queue.push({ run, reject })
      this.#flushing ??= this.#flush()
    })
  }

  /** Settles when no write is waiting. */
  async idle(): Promise<void> {
    while (this.#flushing) await this.#flushing
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      await (this.#pace.pause > 0 ? setTimeout(this.#pace.pause) : setImmediate())
      await this.#commitGroup()
    }
    this.#flushing = undefined
  }

  async #commitGroup(): Promise<void> {
    try {
      await whenFree(() => this.#begin(), this.#pace.patience)
    } catch (error) {
      return rejectAll(this.#queue.splice(0), statementError(error))
    }

    const group = this.#queue.splice(0, LARGEST_GROUP)
    let outcomes: (() => void)[]
    try {
      outcomes = group.map((write) => this.#attempt(write))
    } catch (error) {
      return rejectAll(group, statementError(error))
    }

    try {
      this.#connection.exec('COMMIT')
    } catch (error) {
      return rejectAll(group, commitError(this.#rollBack(error)))
    }
    for (const tell of outcomes) tell()
  }

  #begin(): void {
    // Left over when even the rollback of an earlier group failed.
    if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK')
    this.#connection.exec('BEGIN IMMEDIATE')
  }

  /** Throws only when the whole transaction is gone: a disk that is full or fails may end it in the middle. */
  #attempt(write: Waiting): () => void {
    try {
      return write.run()
    } catch (error) {
      if (!this.#connection.isTransaction) throw error
      return () => write.reject(statementError(error))
    }
  }

  #rollBack(failure: unknown): unknown {
    try {
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK')
      return failure
    } catch (error) {
      return new AggregateError([failure, error], 'The commit failed, and so did its rollback.')
    }
  }
}

function rejectAll(group: readonly Waiting[], error: unknown): void {
  for (const { reject } of group) reject(error)
}
