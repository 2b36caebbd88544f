import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { S3Client } from '@aws-sdk/client-s3'

/** Which bucket of which S3 server, and how to speak with it. Credentials come from the AWS SDK's own chain. */
export interface S3Options {
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
  /** Connections at once, of each client. */
  readonly connections?: number
}

const CONNECTIONS = {
  keepAlive: true,
  // Who reads a download slowly holds one as long as it takes: as many as a server may have of such readers at once.
  maxSockets: 1_000,
  maxFreeSockets: 64,
  // Shorter than servers and proxies keep an idle connection: a request on one that they just closed is a lost attempt.
  timeout: 4_000,
}

/** Connecting, the wait for a free connection included, in milliseconds. */
const CONNECT_WITHIN = 3_000

const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

/**
 * A client for requests to `options`. It repeats what can be sent again up to twice, and never a body that was read.
 * Nothing is sent yet; `destroy` closes its connections.
 */
export function createS3Client(options: S3Options): S3Client {
  const connections = { ...CONNECTIONS, ...(options.connections && { maxSockets: options.connections }) }
  const when = options.checksums === 'when_supported' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED'
  return new S3Client({
    ...(options.region && { region: options.region }),
    ...(options.endpoint && { endpoint: options.endpoint }),
    forcePathStyle: options.forcePathStyle,
    requestChecksumCalculation: when,
    // The length of every answer is checked, and parts of objects have no checksum.
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    retryMode: 'standard',
    // With it each large upload would get a connection of its own, and wait on servers that do not know it.
    expectContinueHeader: false,
    // Failures are thrown; the SDK would print some of them to the console too.
    logger: SILENT,
    requestHandler: {
      httpAgent: new HttpAgent(connections),
      httpsAgent: new HttpsAgent(connections),
      connectionTimeout: CONNECT_WITHIN,
      throwOnRequestTimeout: true,
      // It would cut a download whose reader is slow. Every request has its own deadline instead.
      socketTimeout: 0,
      logger: SILENT,
    },
  })
}
