import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { unavailable } from '../../domain/errors.ts'
import type { ByteRange, OpenObject } from '../../ports/storage.ts'
import { SMALL_ANSWER } from './answer-within.ts'
import { Patience } from './patience.ts'
import type { S3Bucket } from './s3-bucket.ts'
import { isS3Code, s3Status } from './s3-error.ts'
import { watchBody } from './watch-body.ts'

/** Up to so many bytes come whole: what breaks off is an error then, before anything was answered with it. */
const WHOLE_BYTES = 256 * 1024

/**
 * Opens an object for reading. A small part comes as one buffer; a stream frees its connection when it ends, fails or
 * is destroyed.
 */
export async function openObject(bucket: S3Bucket, key: string, range?: ByteRange): Promise<OpenObject> {
  const asked = range && { Range: `bytes=${range.start}-${range.end}` }
  const command = new GetObjectCommand({ ...bucket.at(key), ...asked })
  try {
    const answer = await bucket.request((options) => bucket.downloads.send(command, options))
    const { Body, ContentLength: length, ContentRange } = answer
    if (!(Body instanceof Readable)) throw new TypeError('The SDK gives no stream.')
    const size = range ? sizeIn(ContentRange, range) : length
    if (size === undefined || length === undefined || (range && length !== range.end - range.start + 1)) {
      Body.destroy()
      throw unavailable('S3 gave other bytes of an object than those it was asked for.')
    }
    const body = watchBody(Body, length)
    return { size, body: length <= WHOLE_BYTES ? await readWhole(body) : body }
  } catch (error) {
    if (isS3Code(error, 'NoSuchKey')) return bucket.failMissing(error)
    if (s3Status(error) === 404) throw unavailable('What answers for S3 does not know it.', error)
    if (range && s3Status(error) === 416) {
      throw new RangeError(`The range ${range.start}-${range.end} does not lie within the object.`, { cause: error })
    }
    throw error
  }
}

async function readWhole(body: Readable): Promise<Buffer> {
  const patience = new Patience(() => body.destroy(unavailable('S3 gave the bytes of a small object too slowly.')))
  patience.wait(SMALL_ANSWER)
  try {
    return await buffer(body)
  } finally {
    patience.rest()
  }
}

/** The size of the whole object, from the header of an answer to exactly this range. */
function sizeIn(header: string | undefined, { start, end }: ByteRange): number | undefined {
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(header ?? '') ?? []
  return Number(first) === start && Number(last) === end ? Number(size) : undefined
}
