import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  GetBucketLifecycleConfigurationCommand,
  type GetBucketLifecycleConfigurationCommandOutput,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3'
import type { BucketSetup, BucketState, FoundRule, LifecycleRule } from '../../ports/bucket-setup.ts'
import { toFoundRule, toS3Rule, withFilter } from './lifecycle-rule.ts'
import { createS3Bucket, type S3Bucket, type SendOptions } from './s3-bucket.ts'
import type { S3Options } from './s3-client.ts'
import { isS3Code, openingError, s3Status } from './s3-error.ts'

/** Opens a bucket that may be missing, to prepare it. Nothing is sent yet. */
export function openBucketSetup(options: S3Options): BucketSetup {
  return new S3BucketSetup(createS3Bucket(options))
}

/** A bucket of an S3 server, as its owner sees it. */
class S3BucketSetup implements BucketSetup {
  readonly #bucket: S3Bucket

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket
  }

  async inspect(): Promise<BucketState> {
    if (!(await this.#exists())) return { exists: false, rules: [] }
    const [rules, keepsVersions, blocksPublicAccess] = [
      await this.#readRules(),
      await this.#keepsVersions(),
      await this.#blocksPublicAccess(),
    ]
    return {
      exists: true,
      rules,
      ...(keepsVersions !== undefined && { keepsVersions }),
      ...(blocksPublicAccess !== undefined && { blocksPublicAccess }),
    }
  }

  async create(): Promise<void> {
    const { region, endpoint } = this.#bucket.options
    // Amazon wants to be told every region but its first; other servers may know none.
    const isNamed = region !== undefined && region !== 'us-east-1' && endpoint === undefined
    const command = new CreateBucketCommand({
      Bucket: this.#name,
      ...(isNamed && {
        CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint },
      }),
    })
    try {
      await this.#send((options) => this.#bucket.client.send(command, options))
    } catch (error) {
      if (!isS3Code(error, 'BucketAlreadyOwnedByYou')) throw error
    }
  }

  async putRules(rules: readonly LifecycleRule[]): Promise<void> {
    const found = await this.#readConfiguration()
    const others = (found.Rules ?? []).filter(({ ID }) => !rules.some(({ id }) => id === ID))
    const command = new PutBucketLifecycleConfigurationCommand({
      Bucket: this.#name,
      LifecycleConfiguration: { Rules: [...others.map(withFilter), ...rules.map(toS3Rule)] },
      ...(found.TransitionDefaultMinimumObjectSize && {
        TransitionDefaultMinimumObjectSize: found.TransitionDefaultMinimumObjectSize,
      }),
    })
    await this.#send((options) => this.#bucket.client.send(command, options))
  }

  close(): void {
    this.#bucket.close()
  }

  get #name(): string {
    return this.#bucket.options.bucket
  }

  async #exists(): Promise<boolean> {
    try {
      await this.#bucket.request((options) =>
        this.#bucket.client.send(new HeadBucketCommand({ Bucket: this.#name }), options),
      )
      return true
    } catch (error) {
      if (s3Status(error) === 404) return false
      // The answer to a HEAD does not tell why it was refused; that of a listing does.
      await this.#send(() => this.#bucket.expectUsable())
      return true
    }
  }

  async #readRules(): Promise<readonly FoundRule[] | 'unsupported' | 'denied'> {
    try {
      const { Rules = [] } = await this.#readConfiguration()
      return Rules.map(toFoundRule)
    } catch (error) {
      if (isUnsupported(error)) return 'unsupported'
      if (s3Status(error) === 403) return 'denied'
      throw error
    }
  }

  async #readConfiguration(): Promise<Partial<GetBucketLifecycleConfigurationCommandOutput>> {
    const command = new GetBucketLifecycleConfigurationCommand({ Bucket: this.#name })
    try {
      return await this.#send((options) => this.#bucket.client.send(command, options))
    } catch (error) {
      if (isS3Code(error, 'NoSuchLifecycleConfiguration')) return {}
      throw error
    }
  }

  /** Undefined when the server does not tell. */
  async #keepsVersions(): Promise<boolean | undefined> {
    const command = new GetBucketVersioningCommand({ Bucket: this.#name })
    try {
      const { Status } = await this.#send((options) => this.#bucket.client.send(command, options))
      return Status === 'Enabled'
    } catch (error) {
      return undefinedIfAnswered(error)
    }
  }

  /** Undefined when the server does not tell. */
  async #blocksPublicAccess(): Promise<boolean | undefined> {
    const command = new GetPublicAccessBlockCommand({ Bucket: this.#name })
    try {
      const { PublicAccessBlockConfiguration: block } = await this.#send((options) =>
        this.#bucket.client.send(command, options),
      )
      return block?.BlockPublicAcls === true && block.BlockPublicPolicy === true
    } catch (error) {
      return isS3Code(error, 'NoSuchPublicAccessBlockConfiguration') ? false : undefinedIfAnswered(error)
    }
  }

  /** Sends one command; what only another configuration can mend rejects with CONFIG_INVALID. */
  async #send<T>(send: (options: SendOptions) => Promise<T>): Promise<T> {
    try {
      return await this.#bucket.request(send)
    } catch (error) {
      throw openingError(error, this.#name)
    }
  }
}

/** A server that answers, whatever it answers, is not out of reach. */
function undefinedIfAnswered(error: unknown): undefined {
  if (s3Status(error) === undefined) throw error
}

function isUnsupported(error: unknown): boolean {
  return s3Status(error) === 501 || s3Status(error) === 405
}
