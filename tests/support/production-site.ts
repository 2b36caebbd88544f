import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3'
import type mongoose from 'mongoose'
import type { Outside, Site, StoredObject, StoredRecord } from './outside.ts'
import { mongodbUri, plainMongo, plainS3, s3Variables, TEST_BUCKET, uniqueName } from './services.ts'

type Database = mongoose.mongo.Db

const DATES = ['deadline', 'claimedAt', 'leaseUntil', 'forgetAt', 'retryAt', 'dueAt']

/** A new database and a new prefix of the bucket, on the servers of this run. */
export async function productionSite(): Promise<Site> {
  const name = uniqueName()
  const prefix = `${name}/`
  const client = await plainMongo(name)
  const s3 = plainS3()
  await makeBucket(s3)
  return {
    variables: {
      ...s3Variables(),
      ...{ MONGODB_URI: mongodbUri(name), S3_PREFIX: prefix, JWT_SECRET: 'tests'.repeat(8) },
    },
    read: async () => ({ ...(await readDatabase(client.db())), ...(await readBucket(s3, prefix)) }),
    letTimePass: (duration) => letTimePass(client.db(), duration),
    async remove() {
      await client.db().dropDatabase()
      await client.close()
      await emptyPrefix(s3, prefix)
      s3.destroy()
    },
  }
}

/** Makes the bucket of all tests unless it is there. */
export async function makeBucket(s3: S3Client): Promise<void> {
  try {
    await s3.send(new CreateBucketCommand({ Bucket: TEST_BUCKET }))
  } catch (error) {
    if (!(error instanceof Error) || !error.name.startsWith('BucketAlready')) throw error
  }
}

/** Deletes every object whose key begins with the prefix. */
export async function emptyPrefix(s3: S3Client, prefix: string): Promise<void> {
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: s3 },
    { Bucket: TEST_BUCKET, Prefix: prefix },
  )) {
    const Objects = Contents.map(({ Key = '' }) => ({ Key }))
    if (Objects.length > 0) await s3.send(new DeleteObjectsCommand({ Bucket: TEST_BUCKET, Delete: { Objects } }))
  }
}

async function letTimePass(database: Database, duration: number): Promise<void> {
  for (const asset of await database.collection('assets').find().toArray()) {
    const dates = DATES.filter((date) => asset[date] instanceof Date)
    const earlier = dates.map((date) => [date, new Date(asset[date].getTime() - duration)])
    if (earlier.length > 0) {
      await database.collection('assets').updateOne({ _id: asset._id }, { $set: Object.fromEntries(earlier) })
    }
  }
  for (const batch of await database.collection('batches').find().toArray()) {
    const dueAt = new Date(batch.dueAt.getTime() - duration)
    await database.collection('batches').updateOne({ _id: batch._id }, { $set: { dueAt } })
  }
}

async function readDatabase(database: Database): Promise<Pick<Outside, 'records' | 'batches'>> {
  const records = await database.collection('assets').find().toArray()
  const batches = await database.collection('batches').find().toArray()
  return {
    records: records.map(toRecord),
    batches: batches.map(({ _id, state, members }) => ({ id: String(_id), state, members })),
  }
}

function toRecord(asset: mongoose.mongo.WithId<mongoose.mongo.Document>): StoredRecord {
  return {
    ...{ id: String(asset._id), tempId: asset.tempId ?? null, state: asset.state, key: asset.key ?? null },
    hasGarbage: asset.garbage !== undefined,
    dueAt: asset.dueAt?.getTime() ?? null,
    sha256: asset.content?.sha256 ?? null,
  }
}

async function readBucket(s3: S3Client, prefix: string): Promise<Pick<Outside, 'objects' | 'staging' | 'strays'>> {
  const objects: StoredObject[] = []
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: s3 },
    { Bucket: TEST_BUCKET, Prefix: prefix },
  )) {
    for (const { Key = '' } of Contents) {
      const sha256 = await hashOfObject(s3, Key)
      if (sha256) objects.push({ key: Key.slice(prefix.length), sha256 })
    }
  }
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: TEST_BUCKET, Prefix: prefix }))
  return { objects, staging: Uploads.map(({ Key = '' }) => Key), strays: [] }
}

/** Nothing for one that a worker deleted since it was listed. */
async function hashOfObject(s3: S3Client, key: string): Promise<string | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: TEST_BUCKET, Key: key }))
    if (!(Body instanceof Readable)) throw new Error(`The object ${key} has no body.`)
    const hash = createHash('sha256')
    await pipeline(Body, hash)
    return hash.digest('hex')
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined
    throw error
  }
}
