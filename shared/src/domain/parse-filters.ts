import {
  COLUMN_TYPES,
  type Column,
  type ColumnType,
  type Filter,
  isColumn,
  type Operator,
  type Scalar,
} from './asset-query.ts'
import { KeepsakeError } from './errors.ts'
import { parseTime } from './parse-time.ts'

const MODIFIERS: readonly string[] = ['gt', 'gte', 'lt', 'lte', 'between', 'in'] satisfies Operator[]

/** What a query string asks for. */
export interface ParsedFilters {
  readonly filters: readonly Filter[]
  /** The keys that name no column. */
  readonly ignored: readonly string[]
}

/**
 * Reads `column=value` and `column.modifier=value`; of a key that is given twice the last value counts. Keys that name no column are
 * ignored. Throws QUERY_INVALID for an unknown modifier, and for a value that is not of the column's type.
 */
export function parseFilters(entries: Iterable<readonly [string, string]>): ParsedFilters {
  const filters: Filter[] = []
  const ignored: string[] = []
  for (const [key, value] of new Map(entries)) {
    const [, name = '', modifier] = /^([a-z_]+)(?:\.(.*))?$/s.exec(key) ?? []
    if (isColumn(name)) filters.push(parseFilter(key, name, modifier, value))
    else ignored.push(key)
  }
  return { filters, ignored }
}

function parseFilter(key: string, column: Column, modifier: string | undefined, value: string): Filter {
  const type = COLUMN_TYPES[column]
  const operator = operatorOf(key, type, modifier)
  const texts = operator === 'in' || operator === 'between' ? value.split(',') : [value]
  if (operator === 'between' && texts.length !== 2) throw invalid(key, 'must be two values with a comma between them')
  return { column, operator, values: texts.map((text) => scalarOf(key, type, text)) }
}

function operatorOf(key: string, type: ColumnType, modifier: string | undefined): Operator {
  if (modifier === undefined) return 'eq'
  if (!isModifier(modifier)) throw invalid(key, `has an unknown modifier; there are ${MODIFIERS.join(', ')}`)
  if (type === 'boolean') throw invalid(key, 'is not possible: this column takes no modifier')
  return modifier
}

function isModifier(text: string): text is Operator {
  return MODIFIERS.includes(text)
}

function scalarOf(key: string, type: ColumnType, text: string): Scalar {
  if (type === 'text') return text
  const scalar = type === 'number' ? parseNumber(text) : type === 'time' ? parseTime(text) : parseBoolean(text)
  if (scalar === undefined) throw invalid(key, EXPECTED[type])
  return scalar
}

const EXPECTED: Readonly<Record<Exclude<ColumnType, 'text'>, string>> = {
  number: 'must be a number',
  time: 'must be a date, like 2020-02-03 or 2020-02-03T17:16:00.485Z',
  boolean: 'must be t or f',
}

/** A decimal number; undefined for all else. */
function parseNumber(text: string): number | undefined {
  return /^[+-]?\d{1,300}(\.\d{1,300})?$/.test(text) ? Number(text) : undefined
}

/** `t`, `true` and `1`, or `f`, `false` and `0`; undefined for all else. */
export function parseBoolean(text: string): boolean | undefined {
  if (['t', 'true', '1'].includes(text)) return true
  return ['f', 'false', '0'].includes(text) ? false : undefined
}

function invalid(key: string, what: string): KeepsakeError {
  return new KeepsakeError('QUERY_INVALID', `${key.slice(0, 100)} ${what}`, { details: { param: key.slice(0, 100) } })
}
