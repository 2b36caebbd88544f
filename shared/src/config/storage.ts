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

/** Objects in a bucket of an S3 server. Credentials come from the AWS SDK's own chain. */
export interface S3StorageConfig {
  readonly kind: 's3'
  readonly bucket: string
  readonly region?: string
  /** Of a server other than Amazon's. */
  readonly endpoint?: string
  /** Whether the bucket is a part of the path, not of the host's name. */
  readonly forcePathStyle: boolean
  /** What all keys begin with: empty, or with a slash at its end. */
  readonly prefix: string
  /** Whether uploads carry checksums that not every server understands. */
  readonly checksums: 'when_required' | 'when_supported'
  /** `AES256`, `aws:kms`, `aws:kms:dsse` or the ARN of a KMS key. */
  readonly sse?: string
  readonly storageClass?: string
}

/** An algorithm, or a key: Amazon's ARN tells region and account, that of MinIO the key's name alone. */
const ENCRYPTION =
  /^(AES256|aws:kms(:dsse)?|arn:aws[a-z-]*:kms:([a-z0-9-]+:\d{12}:(key|alias)\/[\w/-]{1,256}|[\w.-]{1,256}))$/

/** Where objects are kept. */
export type StorageConfig = DiskStorageConfig | S3StorageConfig

/** Reads where objects are kept. */
export function readStorage(env: Env, dataDir: string): StorageConfig {
  const s3 = readS3(env)
  const minFreeBytes = env.read('MIN_FREE_BYTES', size(0))
  if (s3) return s3
  const root = join(dataDir, 'objects')
  return { kind: 'disk', root, bucket: 'keepsake', ...(minFreeBytes !== undefined && { minFreeBytes }) }
}

/** Reads all of it even without a bucket: what is wrong is said at once. */
function readS3(env: Env): S3StorageConfig | undefined {
  const bucket = env.read('S3_BUCKET', matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'a bucket name like my-files'))
  const region = env.read('S3_REGION', matching(/^[a-z0-9-]{1,50}$/, 'a region like eu-central-1'))
  const endpoint = env.read('S3_ENDPOINT', webAddress)
  const forcePathStyle = env.read('S3_FORCE_PATH_STYLE', flag) ?? endpoint !== undefined
  const prefix = env.read('S3_PREFIX', keyPrefix) ?? ''
  const checksums = env.read('S3_CHECKSUMS', oneOf('when_required', 'when_supported'))
  const sse = env.read('S3_SSE', matching(ENCRYPTION, 'AES256, aws:kms, aws:kms:dsse or the ARN of a KMS key'))
  const storageClass = env.read('S3_STORAGE_CLASS', matching(/^[A-Z0-9_]{1,50}$/, 'a storage class like STANDARD_IA'))
  if (!bucket) {
    if (endpoint && !env.isSet('S3_BUCKET')) env.report('S3_BUCKET must be set with S3_ENDPOINT.')
    return undefined
  }
  return {
    kind: 's3',
    bucket,
    forcePathStyle,
    prefix,
    // Amazon verifies them; some other servers store the trailer that carries them as content.
    checksums: checksums ?? (endpoint ? 'when_required' : 'when_supported'),
    ...(region && { region }),
    ...(endpoint && { endpoint }),
    ...(sse && { sse }),
    ...(storageClass && { storageClass }),
  }
}

function keyPrefix(text: string): string {
  const isPrefix = matching(
    /^(?!\/)(?!.*\/\/)(?!(.*\/)?\.\.?(\/|$))[\w./-]{1,200}$/,
    'a key prefix like keepsake/, without a leading slash',
  )
  return isPrefix(text).replace(/\/?$/, '/')
}
