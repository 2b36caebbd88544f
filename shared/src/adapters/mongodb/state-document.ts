import { type Connection, type Model, Schema } from 'mongoose'
import type { InstallationState, InstallationUse } from '../../ports/installation.ts'
import { SCHEMA_OPTIONS } from './schema-options.ts'

/** What there is one of: the version of the schema, the installation, the workers' sign of life. */
export interface StateDocument {
  readonly _id: 'schema' | 'installation' | 'heartbeat'
  readonly version?: number
  readonly installationId?: string
  readonly isMarked?: boolean
  readonly use?: InstallationUse
  readonly lastRunAt?: Date
}

/** The collection of these. */
export type StateModel = Model<StateDocument>

const SCHEMA = new Schema(
  {
    _id: { type: String, required: true },
    version: Number,
    installationId: String,
    isMarked: Boolean,
    use: String,
    lastRunAt: Date,
  },
  SCHEMA_OPTIONS,
)

/** Binds the collection to a connection. */
export function stateModel(connection: Connection): StateModel {
  return connection.model<StateDocument>('State', SCHEMA, 'state')
}

/** What the document of the installation means; undefined while it has no id. One that the release before has made is in service. */
export function installationOf(document: StateDocument | null): InstallationState | undefined {
  const { installationId: id, isMarked: marked = false, use = 'service' } = document ?? {}
  return id === undefined ? undefined : { id, marked, use }
}
