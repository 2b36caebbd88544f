import type { DatabaseConfig } from '@keepsake/shared/config/database'
import type { StorageConfig } from '@keepsake/shared/config/storage'

/** Where records are, without a user's name or password. */
export function describeDatabase(database: DatabaseConfig): string {
  if (database.kind === 'sqlite') return database.path
  const [, hosts = '', name = ''] = /^mongodb(?:\+srv)?:\/\/(?:[^/]*@)?([^/?]*)\/([^?]*)/.exec(database.uri) ?? []
  return `database ${name} at ${hosts}`
}

/** Where objects are. */
export function describeStorage(storage: StorageConfig): string {
  if (storage.kind === 'disk') return `folder ${storage.root}`
  const place = storage.endpoint ?? storage.region ?? 'Amazon S3'
  return `bucket ${storage.bucket}${storage.prefix === '' ? '' : `, keys under ${storage.prefix},`} at ${place}`
}
