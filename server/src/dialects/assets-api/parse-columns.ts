import type { Attributes } from '@keepsake/shared/domain/entry-transitions'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import { FLAGS, type Flag } from '@keepsake/shared/domain/kind'
import { parseBoolean } from '@keepsake/shared/domain/parse-filters'
import { entryName, folderPath } from '@keepsake/shared/domain/place'

/** The fields of a form by name, whatever its encoding; `null` stands for JSON's null. */
export type Fields = ReadonlyMap<string, string | null>

/** What a form says of an asset; what it does not name is absent. */
export interface Columns {
  readonly name?: string
  readonly folder?: string
  readonly content?: string
  readonly url?: string
  readonly said: Attributes
}

/** The columns that no form can set, not even to null. */
export const IMMUTABLE: readonly string[] = ['created_at', 'updated_at']

const MAX_URL_BYTES = 8192

/** Reads the columns of a form, its file left aside. Columns that do not exist are passed over. Throws BODY_INVALID. */
export function parseColumns(fields: Fields, hasFile: boolean): Columns {
  for (const column of IMMUTABLE) if (fields.has(column)) throw invalid(column, `${column} cannot be set`)
  if (fields.get('id') === null) throw invalid('id', 'id cannot be null')
  if (fields.get('file')) throw invalid('file', 'file must be an uploaded file')
  const sources = [isGiven(fields, 'content'), isGiven(fields, 'url'), hasFile]
  if (sources.filter(Boolean).length > 1) throw invalid('content', 'content, url and file are mutually exclusive')

  const [name, folder, content, url] = ['name', 'folder', 'content', 'url'].map((column) => fields.get(column))
  return {
    ...(typeof name === 'string' && { name: entryName(name) }),
    ...(typeof folder === 'string' && { folder: folderPath(folder, 'folder') }),
    ...(typeof content === 'string' && { content }),
    ...(typeof url === 'string' && { url: expectWebUrl(url) }),
    said: parseAttributes(fields),
  }
}

function isGiven(fields: Fields, column: string): boolean {
  return typeof fields.get(column) === 'string'
}

function parseAttributes(fields: Fields): Attributes {
  const flags: Partial<Record<Flag, boolean>> = {}
  for (const flag of FLAGS) {
    const text = fields.get(flag)
    if (typeof text !== 'string') continue
    const value = parseBoolean(text)
    if (value === undefined) throw invalid(flag, `${flag} must be true or false`)
    flags[flag] = value
  }
  return {
    ...(Object.keys(flags).length > 0 && { flags }),
    ...(fields.has('width') && { width: pixelsOf('width', fields.get('width') ?? '') }),
    ...(fields.has('height') && { height: pixelsOf('height', fields.get('height') ?? '') }),
  }
}

/** Nothing takes the number away. */
function pixelsOf(column: string, text: string): number | null {
  if (text === '') return null
  const pixels = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(pixels)) throw invalid(column, `${column} must be a non-negative integer`)
  return pixels
}

function expectWebUrl(text: string): string {
  // What a URL parser would quietly take away does not belong into a list.
  const isPlain = /^https?:\/\/\S+$/i.test(text) && !/[\p{Cc}\p{Cs}]/u.test(text)
  if (!isPlain || !URL.canParse(text)) throw invalid('url', 'url must be an http or https address')
  if (Buffer.byteLength(text) > MAX_URL_BYTES) throw invalid('url', `url must not exceed ${MAX_URL_BYTES} bytes`)
  return text
}

function invalid(param: string, message: string): KeepsakeError {
  return new KeepsakeError('BODY_INVALID', message, { details: { param } })
}
