import type { Pulse } from './heartbeat.ts'
import type { InstallationState } from './installation.ts'

/** What a database is like, before this release changes anything about it. */
export interface DatabaseState {
  /** Name and version of what runs it. */
  readonly engine: string
  /** The schema that was found, 0 when there is none, and the one that this release makes. */
  readonly schema: { readonly found: number; readonly known: number }
  /** Names of the indexes that this schema should have and has not. */
  readonly missingIndexes: readonly string[]
  readonly installation?: InstallationState
  /** The database's clock. */
  readonly now: Date
}

/** Looks at a database and changes nothing. Throws UNAVAILABLE when it is out of reach, or may not be written. */
export interface DatabaseInspection {
  inspect(): Promise<DatabaseState>
  /** The workers' sign of life; nothing when the schema has no place for it yet. */
  readPulse(now: Date): Promise<Pulse | undefined>
  close(): Promise<void>
}
