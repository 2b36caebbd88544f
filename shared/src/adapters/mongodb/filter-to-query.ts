import type { Column, Filter, Operator, Scalar } from '../../domain/asset-query.ts'

/** A condition on a document. An absent member meets none of them: each compares only what is of its own type. */
export type Condition = Readonly<Record<string, unknown>>

/** Those that are called otherwise in a document. */
const NAMES: Readonly<Partial<Record<Column, string>>> = {
  id: 'number',
  name: 'entryName',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
}

const COMPARISONS: Readonly<Record<Operator, (values: readonly Scalar[]) => Condition>> = {
  eq: ([value]) => ({ $eq: value }),
  gt: ([value]) => ({ $gt: value }),
  gte: ([value]) => ({ $gte: value }),
  lt: ([value]) => ({ $lt: value }),
  lte: ([value]) => ({ $lte: value }),
  between: ([least, most]) => ({ $gte: least, $lte: most }),
  in: (values) => ({ $in: values }),
}

/** The condition on a document of `assets` that a filter means. Texts compare byte by byte in UTF-8, as their code points do. */
export function filterToQuery({ column, operator, values }: Filter): Condition {
  return { [NAMES[column] ?? column]: COMPARISONS[operator](values) }
}
