import { KeepsakeError } from '@keepsake/shared/domain/errors'
import { type Columns, type Fields, parseColumns } from './parse-columns.ts'

/** Reads the form of an update; its id is left aside. Throws BODY_INVALID, also when there is nothing to update. */
export function parseUpdate(fields: Fields, hasFile: boolean): Columns {
  const columns = parseColumns(fields, hasFile)
  const { said, ...others } = columns
  const isEmpty = !hasFile && Object.keys(others).length === 0 && Object.keys(said).length === 0
  if (isEmpty) throw new KeepsakeError('BODY_INVALID', 'there is nothing to update')
  return columns
}
