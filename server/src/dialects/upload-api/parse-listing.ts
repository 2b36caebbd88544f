import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { AssetListing, AssetPosition } from '@keepsake/shared/ports/asset-repository'

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 100
const PARAMETERS = ['state', 'limit', 'after']

/** Reads the query of a listing. Throws QUERY_INVALID, also for a parameter that it does not know. */
export function parseListing(query: URLSearchParams): Omit<AssetListing, 'now'> {
  for (const name of query.keys()) {
    if (!PARAMETERS.includes(name)) throw invalid(name, `There is no query parameter ${JSON.stringify(cut(name))}.`)
    if (query.getAll(name).length > 1) throw invalid(name, `The query parameter "${name}" is given more than once.`)
  }
  const after = query.get('after')
  return {
    state: stateOf(query.get('state') ?? 'persisted'),
    limit: limitOf(query.get('limit') ?? String(DEFAULT_LIMIT)),
    ...(after !== null && { after: positionOf(after) }),
  }
}

/** A place in the listing as clients carry it: opaque to them. */
export function formatCursor({ createdAt, id }: AssetPosition): string {
  return Buffer.from(`${createdAt.getTime()}.${id}`).toString('base64url')
}

function positionOf(cursor: string): AssetPosition {
  const [, time, id] = /^(\d{1,15})\.([0-9a-f]{24})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? []
  const position = time && id ? { createdAt: new Date(Number(time)), id } : undefined
  if (position && formatCursor(position) === cursor) return position
  throw invalid('after', 'The query parameter "after" must be the "after" of an earlier page.')
}

function stateOf(text: string): AssetListing['state'] {
  if (text === 'persisted' || text === 'temporary') return text
  throw invalid('state', 'The query parameter "state" must be "persisted" or "temporary".')
}

function limitOf(text: string): number {
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= MAX_LIMIT) return limit
  throw invalid('limit', `The query parameter "limit" must be a number from 1 to ${MAX_LIMIT}.`)
}

function invalid(param: string, message: string): KeepsakeError {
  return new KeepsakeError('QUERY_INVALID', message, { details: { param: cut(param) } })
}

function cut(text: string): string {
  return text.slice(0, 100)
}
