import { KeepsakeError } from '@keepsake/shared/domain/errors'

/** What a persist asks for: one asset, or several that are persisted together. */
export type PersistRequest = { readonly tempAssetId: string } | { readonly tempAssetIds: readonly string[] }

const MAX_BATCH = 100

/** Members with a meaning to come: ignoring a restriction would be worse than refusing it. */
const RESERVED = ['subject', 'private']

/** Reads the body of a persist; members without a meaning are passed over. Throws BODY_INVALID. */
export function parsePersist(body: unknown): PersistRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new KeepsakeError('BODY_INVALID', 'The body must be a JSON object.')
  }
  const members = new Map<string, unknown>(Object.entries(body))
  const reserved = RESERVED.find((member) => members.has(member))
  if (reserved) throw invalid(reserved, `The member "${reserved}" is reserved and not supported here.`)
  if (members.has('tempAssetIds')) {
    if (!members.has('tempAssetId')) return { tempAssetIds: idsOf(members.get('tempAssetIds')) }
    throw invalid('tempAssetIds', 'Send either "tempAssetId" or "tempAssetIds", not both.')
  }
  const tempAssetId = members.get('tempAssetId')
  if (isId(tempAssetId)) return { tempAssetId }
  throw invalid('tempAssetId', 'The member "tempAssetId" must be a string that is not empty.')
}

function idsOf(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.length >= 1 && value.length <= MAX_BATCH && value.every(isId)) return value
  throw invalid('tempAssetIds', `The member "tempAssetIds" must be an array of 1 to ${MAX_BATCH} strings.`)
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function invalid(param: string, message: string): KeepsakeError {
  return new KeepsakeError('BODY_INVALID', message, { details: { param } })
}
