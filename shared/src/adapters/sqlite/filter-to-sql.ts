import type { Column, Filter, Operator, Scalar } from '../../domain/asset-query.ts'
import { millis } from './columns.ts'

/** A condition with its parameters. */
export interface Condition {
  readonly sql: string
  readonly values: readonly (string | number)[]
}

/** Those that are called otherwise in the table. */
const NAMES: Readonly<Partial<Record<Column, string>>> = { id: 'number', name: 'entry_name' }

const COMPARISONS: Readonly<Record<Operator, (parameter: string) => string>> = {
  eq: (parameter) => `= ${parameter}`,
  gt: (parameter) => `> ${parameter}`,
  gte: (parameter) => `>= ${parameter}`,
  lt: (parameter) => `< ${parameter}`,
  lte: (parameter) => `<= ${parameter}`,
  between: (parameter) => `BETWEEN ${parameter} AND ${parameter}`,
  // One parameter for any number of values: as many statements as there are numbers of them would be prepared.
  in: () => 'IN (SELECT value FROM json_each(?))',
}

/** The condition on a row of `assets` that a filter means. UTF-8 compares byte by byte as its code points do; NULL meets nothing. */
export function filterToSql({ column, operator, values }: Filter): Condition {
  const isText = values.some((value) => typeof value === 'string')
  // One with a NUL is bound as bytes, which would come after every text instead of between its neighbours.
  const sql = `${NAMES[column] ?? column} ${COMPARISONS[operator](isText ? 'CAST(? AS TEXT)' : '?')}`
  const stored = values.map(toStored)
  return { sql, values: operator === 'in' ? [JSON.stringify(stored)] : stored }
}

function toStored(value: Scalar): string | number {
  if (value instanceof Date) return millis(value)
  return typeof value === 'boolean' ? Number(value) : value
}
