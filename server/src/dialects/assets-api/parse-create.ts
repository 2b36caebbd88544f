import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { NewEntry } from '@keepsake/shared/operations/assets/create-asset'
import { type Fields, IMMUTABLE, parseColumns } from './parse-columns.ts'

/** Where the bytes of a new asset come from. */
export type Source =
  | { readonly kind: 'file' }
  | { readonly kind: 'content'; readonly content: string }
  | { readonly kind: 'url'; readonly url: string }

/** Reads the form of a new asset; `fileName` is that of its file, if it has one. Throws BODY_INVALID. */
export function parseCreate(fields: Fields, fileName: string | undefined): { entry: NewEntry; source: Source } {
  for (const column of ['id', ...IMMUTABLE]) {
    if (fields.has(column)) throw invalid(column, `${column} cannot be set`)
  }
  for (const column of ['width', 'height']) {
    if (fields.get(column) === '') throw invalid(column, `${column} must be a non-negative integer`)
  }
  // JSON's null says nothing of an asset that does not exist yet.
  const known = new Map([...fields].filter(([, value]) => value !== null))
  const { folder = '', content, url, said, ...columns } = parseColumns(known, fileName !== undefined)
  const source = sourceOf(content, url, fileName)
  const name = columns.name ?? fileName
  if (name === undefined) throw invalid('name', 'name is required')
  return { entry: { folder, name, said }, source }
}

function sourceOf(content: string | undefined, url: string | undefined, fileName: string | undefined): Source {
  if (content !== undefined) return { kind: 'content', content }
  if (url !== undefined) return { kind: 'url', url }
  if (fileName !== undefined) return { kind: 'file' }
  throw invalid('content', 'one of content, url and file is required')
}

function invalid(param: string, message: string): KeepsakeError {
  return new KeepsakeError('BODY_INVALID', message, { details: { param } })
}
