import { ListMultipartUploadsCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3'
import { emptyDatabase } from './mongo-database.ts'
import { emptyPrefix, makeBucket } from './production-site.ts'
import { mongodbUri, plainMongo, plainS3, s3Variables, TEST_BUCKET, uniqueName } from './services.ts'
import type { StorePlace } from './store-place.ts'

/** Databases whose indexes are made, and that no store uses: emptying one is faster than making one. */
const free: string[] = []
const used: string[] = []
let isBucketThere = false

afterAll(async () => {
  for (const name of used) {
    const client = await plainMongo(name)
    await client.db().dropDatabase()
    await client.close()
  }
})

/** An empty database and a new prefix of the bucket. */
export async function productionPlace(): Promise<StorePlace> {
  const database = free.pop() ?? newDatabase()
  const prefix = `${uniqueName()}/`
  const s3 = plainS3()
  if (!isBucketThere) await makeBucket(s3)
  isBucketThere = true
  const { S3_ENDPOINT, S3_REGION } = s3Variables()

  return {
    database: { kind: 'mongodb', uri: mongodbUri(database) },
    storage: {
      ...{ kind: 's3', bucket: TEST_BUCKET, endpoint: S3_ENDPOINT, region: S3_REGION, prefix },
      ...{ forcePathStyle: true, checksums: 'when_required' },
    },
    async files() {
      const keys: string[] = []
      for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: TEST_BUCKET, Prefix: prefix })) {
        keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key))
      }
      const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: TEST_BUCKET, Prefix: prefix }))
      return [...keys, ...Uploads.map(({ Key = '' }) => Key)]
    },
    async remove() {
      await emptyDatabase(database)
      free.push(database)
      await emptyPrefix(s3, prefix)
      s3.destroy()
    },
  }
}

function newDatabase(): string {
  const name = uniqueName()
  used.push(name)
  return name
}
