/** The columns of a list of assets, by what they hold. */
export const COLUMN_TYPES = {
  id: 'number',
  created_at: 'time',
  updated_at: 'time',
  name: 'text',
  folder: 'text',
  image: 'boolean',
  video: 'boolean',
  script: 'boolean',
  style: 'boolean',
  text: 'boolean',
  width: 'number',
  height: 'number',
  url: 'text',
  async: 'boolean',
  defer: 'boolean',
} as const

/** The name of a column. */
export type Column = keyof typeof COLUMN_TYPES
/** What a column holds. */
export type ColumnType = (typeof COLUMN_TYPES)[Column]

/** A scalar that a column is compared with. */
export type Scalar = string | number | boolean | Date

/** How a column is compared. `in` takes any number of values, `between` the lowest and the highest, the others one. */
export type Operator = 'eq' | 'gt' | 'gte' | 'lt' | 'lte' | 'between' | 'in'

/** One condition. An absent value of a record never meets it. Texts compare by code point. */
export interface Filter {
  readonly column: Column
  readonly operator: Operator
  readonly values: readonly Scalar[]
}

/** A page of a project's persisted assets, by number ascending; all filters must hold. */
export interface AssetQuery {
  readonly filters: readonly Filter[]
  /** From 1. */
  readonly page: number
  readonly pageSize: number
}

/** Whether a name is one of a column. */
export function isColumn(name: string): name is Column {
  return Object.hasOwn(COLUMN_TYPES, name)
}
