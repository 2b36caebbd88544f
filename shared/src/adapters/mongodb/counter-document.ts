import { type Connection, type Model, Schema } from 'mongoose'
import { SCHEMA_OPTIONS } from './schema-options.ts'

/** The highest numbers that a project has given away. */
export interface CounterDocument {
  /** The project's id. */
  readonly _id: string
  /** Of assets. */
  readonly number?: number
  /** Of folders. */
  readonly folder?: number
}

/** How many assets are listed whose numbers lie in one block of 1024, as far as somebody has counted them. */
export interface BlockDocument {
  /** Project and block. */
  readonly _id: string
  readonly projectId: string
  readonly block: number
  /** Absent while nobody knows it. */
  readonly live?: number
  readonly countedAt?: Date
  /** Changes of its assets that are under way, and since when. */
  readonly pending?: number
  readonly pendingAt?: Date
  /** Raised by every change: what was counted before it does not count. */
  readonly changes?: number
}

/** The collection of counters. */
export type CounterModel = Model<CounterDocument>
/** The collection of blocks. */
export type BlockModel = Model<BlockDocument>

const COUNTER = new Schema({ _id: { type: String, required: true }, number: Number, folder: Number }, SCHEMA_OPTIONS)

const BLOCK = new Schema(
  {
    _id: { type: String, required: true },
    projectId: { type: String, required: true },
    block: { type: Number, required: true },
    live: Number,
    countedAt: Date,
    pending: Number,
    pendingAt: Date,
    changes: Number,
  },
  SCHEMA_OPTIONS,
)

/** Binds the collection of counters to a connection. */
export function counterModel(connection: Connection): CounterModel {
  return connection.model<CounterDocument>('Counter', COUNTER, 'counters')
}

/** Binds the collection of blocks to a connection. */
export function blockModel(connection: Connection): BlockModel {
  return connection.model<BlockDocument>('Block', BLOCK, 'blocks')
}
