import { join } from 'node:path'
import type { Env } from './env.ts'
import { flag, matching, oneOf, size, webAddress } from './values.ts'

/** Objects as files of a folder. */
export interface DiskStorageConfig {
  readonly kind: 'disk'
  readonly root: string
  /** The bucket's name, as assets show it. */
  readonly bucket: string
  /** Below this much free space uploads are refused; absent: the smaller of 1 GiB and 5 % of the file system. */
  readonly minFreeBytes?: number
}

/** Where objects are kept. */
export type StorageConfig = DiskStorageConfig

/** Reads where objects are kept. */
export function readStorage(env: Env, dataDir: string): StorageConfig {
  checkS3(env)
  const minFreeBytes = env.read('MIN_FREE_BYTES', size(0))
  const root = join(dataDir, 'objects')
  return { kind: 'disk', root, bucket: 'keepsake', ...(minFreeBytes !== undefined && { minFreeBytes }) }
}

/** A start with a bucket must fail: it would otherwise fill the local disk without anyone noticing. */
function checkS3(env: Env): void {
  const word = /^[\w.:/-]{1,500}$/
  const bucket = env.read('S3_BUCKET', matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'a bucket name like my-files'))
  env.read('S3_REGION', matching(/^[a-z0-9-]{1,50}$/, 'a region like eu-central-1'))
  env.read('S3_ENDPOINT', webAddress)
  env.read('S3_FORCE_PATH_STYLE', flag)
  env.read(
    'S3_PREFIX',
    matching(/^(?!\/)(?!.*\/\/)[\w./-]{1,200}$/, 'a key prefix like keepsake/, without a leading slash'),
  )
  env.read('S3_CHECKSUMS', oneOf('when_required', 'when_supported'))
  env.read('S3_SSE', matching(word, 'AES256, aws:kms or the ARN of a KMS key'))
  env.read('S3_STORAGE_CLASS', matching(/^[A-Z0-9_]{1,50}$/, 'a storage class like STANDARD_IA'))
  if (bucket) env.report('S3_BUCKET is not supported by this release; unset it to keep objects in DATA_DIR.')
}
