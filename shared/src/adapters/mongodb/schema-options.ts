import type { SchemaOptions } from 'mongoose'

/** Of every schema. Nothing is added to a document that is not written, and nothing is written that the schema does not name. */
export const SCHEMA_OPTIONS = {
  strict: 'throw',
  strictQuery: 'throw',
  versionKey: false,
  id: false,
  autoIndex: false,
  autoCreate: false,
  bufferCommands: false,
  minimize: false,
  readConcern: { level: 'majority' },
  read: 'primary',
  writeConcern: { w: 'majority', j: true },
} as const satisfies SchemaOptions

/** How long the server may work on one operation, in milliseconds. */
export const OPERATION = 4_000
