import type { Request } from 'express'

/** The id in the path of a request, if there is one. */
export function pathIds({ params: { id } }: Request): string[] {
  return typeof id === 'string' ? [id] : []
}
