import { type Connection, type Model, Schema } from 'mongoose'
import type { Batch, BatchState } from '../../domain/batch.ts'
import { SCHEMA_OPTIONS } from './schema-options.ts'

/** A batch as it is stored. */
export interface BatchDocument extends Omit<Batch, 'id'> {
  readonly _id: string
}

/** The collection of batches. */
export type BatchModel = Model<BatchDocument>

const STATES: readonly BatchState[] = ['open', 'committed', 'aborted', 'done']

const SCHEMA = new Schema(
  {
    _id: { type: String, required: true },
    projectId: { type: String, required: true },
    members: { type: [String], required: true },
    state: { type: String, required: true, enum: STATES },
    dueAt: { type: Date, required: true },
  },
  SCHEMA_OPTIONS,
)

/** Binds the collection to a connection. */
export function batchModel(connection: Connection): BatchModel {
  return connection.model<BatchDocument>('Batch', SCHEMA, 'batches')
}
