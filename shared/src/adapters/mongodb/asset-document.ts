import { type Connection, type Model, Schema } from 'mongoose'
import type { Asset, AssetState } from '../../domain/asset.ts'
import { FLAGS, type Flag } from '../../domain/kind.ts'
import { parsePlace } from '../../domain/place.ts'
import { SCHEMA_OPTIONS } from './schema-options.ts'

/** A record as it is stored. What is absent or empty is not there at all: it would collide in unique indexes. */
export interface AssetDocument extends Readonly<Partial<Record<Flag, boolean>>> {
  readonly _id: string
  readonly version: number
  readonly projectId: string
  readonly userId: string
  readonly state: AssetState
  readonly tempId?: string
  readonly key?: string
  readonly keys?: readonly string[]
  readonly retired?: Asset['retired']
  readonly place?: string
  /** The two parts of the place that an asset is found by. */
  readonly folder?: string
  readonly entryName?: string
  readonly number?: number
  readonly incoming?: Asset['incoming']
  readonly garbage?: Asset['garbage']
  /** So that garbage is counted by an index alone. */
  readonly garbageCount?: number
  readonly marks?: readonly string[]
  readonly deadline?: Date
  readonly claimedAt?: Date
  readonly leaseUntil?: Date
  readonly forgetAt?: Date
  readonly dueAt?: Date
  readonly failures: number
  readonly retryAt?: Date
  readonly name: string
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly content?: Asset['content']
  readonly width?: number
  readonly height?: number
  readonly url?: string
}

/** The collection of records. */
export type AssetModel = Model<AssetDocument>

const TEXT = { type: String, required: true } as const
// Mongoose refuses an empty text as one that is missing.
const ANY_TEXT = { type: String, validate: (value: unknown) => typeof value === 'string' } as const
const TIME = { type: Date, required: true } as const
const COUNT = { type: Number, required: true, min: 0 } as const
const STATES: readonly AssetState[] = ['uploading', 'temporary', 'persisting', 'persisted', 'expired', 'deleted']

/** Without a default a list that is absent stays absent. */
function listOf<T>(item: T) {
  return { type: [item], default: undefined }
}

function part<T extends object>(members: T) {
  return new Schema({ ...members }, { _id: false, strict: 'throw' })
}

const SCHEMA = new Schema(
  {
    _id: TEXT,
    version: COUNT,
    projectId: TEXT,
    userId: TEXT,
    state: { ...TEXT, enum: STATES },
    tempId: String,
    key: String,
    keys: listOf(String),
    retired: listOf(part({ key: TEXT, forgetAt: TIME })),
    place: String,
    folder: String,
    entryName: String,
    number: { type: Number, min: 0 },
    incoming: listOf(part({ key: TEXT, deadline: TIME })),
    garbage: listOf(part({ key: TEXT, after: TIME })),
    garbageCount: Number,
    marks: listOf(String),
    deadline: Date,
    claimedAt: Date,
    leaseUntil: Date,
    forgetAt: Date,
    dueAt: Date,
    failures: COUNT,
    retryAt: Date,
    name: ANY_TEXT,
    createdAt: TIME,
    updatedAt: TIME,
    content: {
      type: part({ size: COUNT, sha256: TEXT, type: TEXT, utf8: Boolean, storedAt: TIME }),
      default: undefined,
    },
    width: Number,
    height: Number,
    url: String,
    ...Object.fromEntries(FLAGS.map((flag) => [flag, Boolean])),
  },
  SCHEMA_OPTIONS,
)

/** Binds the collection to a connection. */
export function assetModel(connection: Connection): AssetModel {
  return connection.model<AssetDocument>('Asset', SCHEMA, 'assets')
}

type Members = { readonly [Member in keyof Required<AssetDocument>]: AssetDocument[Member] | undefined }

/** Every member that a document may have, those that must not be there as undefined. */
function membersOf(asset: Asset): Members {
  const { id, flags, keys, retired, incoming, garbage, marks, place, ...rest } = asset
  const { folder, name: entryName } = place === undefined ? {} : parsePlace(place)
  return {
    ...ABSENT,
    ...rest,
    ...{ _id: id, place, folder, entryName },
    ...{
      keys: some(keys),
      retired: some(retired),
      incoming: some(incoming),
      garbage: some(garbage),
      marks: some(marks),
    },
    garbageCount: garbage.length || undefined,
    ...Object.fromEntries(FLAGS.map((flag) => [flag, flags.includes(flag)])),
  } as Members
}

/** The members of `asset` that are stored. */
export function toDocument(asset: Asset): AssetDocument {
  const present = Object.entries(membersOf(asset)).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present) as unknown as AssetDocument
}

/** Sets what there is and unsets what there is not: members of other releases are left alone. */
export function updateTo(next: Asset) {
  const { _id, ...members } = membersOf(next)
  const entries = Object.entries(members)
  const present = entries.filter(([, value]) => value !== undefined)
  const absent = entries.filter(([, value]) => value === undefined).map(([name]) => [name, 1])
  return { $set: Object.fromEntries(present), $unset: Object.fromEntries(absent) }
}

/** The record that a document holds. */
export function toAsset(document: AssetDocument): Asset {
  const { _id, keys = [], retired = [], incoming = [], garbage = [], marks = [] } = document
  const optional = OPTIONAL.filter((name) => document[name] !== undefined).map((name) => [name, document[name]])
  return {
    ...{ id: _id, version: document.version, projectId: document.projectId, userId: document.userId },
    ...{ state: document.state, keys, retired, incoming, garbage, marks, failures: document.failures },
    ...{ name: document.name, createdAt: document.createdAt, updatedAt: document.updatedAt },
    flags: FLAGS.filter((flag) => document[flag]),
    ...Object.fromEntries(optional),
  }
}

const OPTIONAL = [
  ...([
    'tempId',
    'key',
    'place',
    'number',
    'deadline',
    'claimedAt',
    'leaseUntil',
    'forgetAt',
    'dueAt',
    'retryAt',
  ] as const),
  ...(['content', 'width', 'height', 'url'] as const),
]

const ABSENT = Object.fromEntries(OPTIONAL.map((name) => [name, undefined]))

function some<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length > 0 ? items : undefined
}
