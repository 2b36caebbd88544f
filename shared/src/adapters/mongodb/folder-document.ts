import { type Connection, type Model, Schema } from 'mongoose'
import type { Folder } from '../../domain/folder.ts'
import { SCHEMA_OPTIONS } from './schema-options.ts'

/** A folder as it is stored. */
export interface FolderDocument extends Omit<Folder, 'id'> {
  /** Project and number. */
  readonly _id: string
  readonly number: number
}

/** The collection of folders. */
export type FolderModel = Model<FolderDocument>

const SCHEMA = new Schema(
  {
    _id: { type: String, required: true },
    projectId: { type: String, required: true },
    number: { type: Number, required: true },
    path: { type: String, required: true },
    createdAt: { type: Date, required: true },
  },
  SCHEMA_OPTIONS,
)

/** Binds the collection to a connection. */
export function folderModel(connection: Connection): FolderModel {
  return connection.model<FolderDocument>('Folder', SCHEMA, 'folders')
}
