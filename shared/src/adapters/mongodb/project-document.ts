import { type Connection, type Model, Schema } from 'mongoose'
import type { AccessKey } from '../../domain/access-key.ts'
import type { Project } from '../../domain/project.ts'
import { SCHEMA_OPTIONS } from './schema-options.ts'

/** A project as it is stored. */
export interface ProjectDocument extends Omit<Project, 'id'> {
  readonly _id: string
  /** In the order of their making, from 1. */
  readonly ordinal: number
}

/** An access key as it is stored: never the plain one. */
export interface AccessKeyDocument extends Omit<AccessKey, 'id'> {
  readonly _id: string
}

/** The collection of projects. */
export type ProjectModel = Model<ProjectDocument>
/** The collection of access keys. */
export type AccessKeyModel = Model<AccessKeyDocument>

const TEXT = { type: String, required: true } as const
const TIME = { type: Date, required: true } as const

const PROJECT = new Schema(
  {
    _id: TEXT,
    ordinal: { type: Number, required: true },
    ownerId: TEXT,
    name: String,
    createdAt: TIME,
    updatedAt: TIME,
  },
  SCHEMA_OPTIONS,
)

const ACCESS_KEY = new Schema(
  {
    _id: TEXT,
    projectId: TEXT,
    type: { ...TEXT, enum: ['secret', 'public'] },
    name: String,
    hash: TEXT,
    hint: String,
    createdAt: TIME,
    revokedAt: Date,
  },
  SCHEMA_OPTIONS,
)

/** Binds the collection of projects to a connection. */
export function projectModel(connection: Connection): ProjectModel {
  return connection.model<ProjectDocument>('Project', PROJECT, 'projects')
}

/** Binds the collection of access keys to a connection. */
export function accessKeyModel(connection: Connection): AccessKeyModel {
  return connection.model<AccessKeyDocument>('AccessKey', ACCESS_KEY, 'access_keys')
}
