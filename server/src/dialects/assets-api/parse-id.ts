import { KeepsakeError } from '@keepsake/shared/domain/errors'

/** The id that a path, a query and a form name between them. Throws BODY_INVALID when there is none, one is no id, or two differ. */
export function parseId(...texts: readonly string[]): number {
  const [first] = texts
  if (first === undefined) throw invalid('id is required')
  const ids = texts.map((text) => (/^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN))
  const [id] = ids
  if (id === undefined || !ids.every(Number.isSafeInteger)) throw invalid('id must be a positive integer')
  if (ids.some((other) => other !== id)) throw idsDiffer()
  return id
}

/** The refusal of a request that names more than one asset. */
export function idsDiffer(): KeepsakeError {
  return invalid('id must be the same wherever it is given')
}

function invalid(message: string): KeepsakeError {
  return new KeepsakeError('BODY_INVALID', message, { details: { param: 'id' } })
}
