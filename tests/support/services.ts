import { randomBytes } from 'node:crypto'
import { S3Client } from '@aws-sdk/client-s3'
import mongoose from 'mongoose'

const { TEST_MONGODB_URI, TEST_S3_ENDPOINT, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION } = process.env

/** The bucket of every test; each uses a prefix of its own. */
export const TEST_BUCKET = 'keepsake-tests'

/** The address of a database of that name on the server of this run. Fails where there is none. */
export function mongodbUri(database: string): string {
  if (!TEST_MONGODB_URI) throw new Error('TEST_MONGODB_URI must be set.')
  const uri = new URL(TEST_MONGODB_URI)
  uri.pathname = `/${database}`
  return uri.href
}

/** What tells processes of the S3 server of this run, and its credentials. Fails where there is none. */
export function s3Variables() {
  if (!TEST_S3_ENDPOINT || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    throw new Error('TEST_S3_ENDPOINT, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set.')
  }
  return {
    ...{ S3_ENDPOINT: TEST_S3_ENDPOINT, S3_REGION: AWS_REGION ?? 'us-east-1', S3_BUCKET: TEST_BUCKET },
    ...{ AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY },
  }
}

/** Tests that need a real MongoDB: skipped, with the reason in their names, without one; failed where services are required. */
export function describeWithMongo(name: string, tests: () => void): void {
  if (TEST_MONGODB_URI) describe(name, tests)
  else if (process.env.REQUIRE_SERVICES === '1') test(name, () => expect(TEST_MONGODB_URI).toBeDefined())
  else test.skip(`${name} (skipped: TEST_MONGODB_URI is not set)`, () => undefined)
}

/** A name that nothing else has. */
export function uniqueName(): string {
  return `keepsake-tests-${randomBytes(6).toString('hex')}`
}

/** A client without any code of the application. */
export function plainS3(): S3Client {
  const { S3_ENDPOINT, S3_REGION } = s3Variables()
  return new S3Client({ endpoint: S3_ENDPOINT, region: S3_REGION, forcePathStyle: true })
}

/** A client without any code of the application, connected. */
export function plainMongo(database: string): Promise<mongoose.mongo.MongoClient> {
  return mongoose.mongo.MongoClient.connect(mongodbUri(database))
}
