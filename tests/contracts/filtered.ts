import type { Asset } from '@keepsake/shared/domain/asset'
import type { Column, Filter, Operator, Scalar } from '@keepsake/shared/domain/asset-query'
import { parsePlace } from '@keepsake/shared/domain/place'

/** What a filter must leave, by the plainest means. */
export function filtered(assets: readonly Asset[], { column, operator, values }: Filter): Asset[] {
  return assets.filter((asset) => {
    const value = columnOf(asset, column)
    return value !== undefined && meets(operator, value, values)
  })
}

function meets(operator: Operator, value: Scalar, values: readonly Scalar[]): boolean {
  if (operator === 'in') return values.some((one) => compare(value, one) === 0)
  const [order = 0, second = 0] = values.map((one) => compare(value, one))
  switch (operator) {
    case 'eq':
      return order === 0
    case 'gt':
      return order > 0
    case 'gte':
      return order >= 0
    case 'lt':
      return order < 0
    case 'lte':
      return order <= 0
    case 'between':
      return order >= 0 && second <= 0
  }
}

/** What a record holds in a column of its list; undefined where it holds nothing. */
export function columnOf(asset: Asset, column: Column): Scalar | undefined {
  const place = asset.place === undefined ? undefined : parsePlace(asset.place)
  switch (column) {
    case 'id':
      return asset.number
    case 'created_at':
      return asset.createdAt
    case 'updated_at':
      return asset.updatedAt
    case 'name':
      return place?.name
    case 'folder':
      return place?.folder
    case 'width':
      return asset.width
    case 'height':
      return asset.height
    case 'url':
      return asset.url
    default:
      return asset.flags.includes(column)
  }
}

/** Texts by code point, which is not how JavaScript compares them. */
function compare(a: Scalar, b: Scalar): number {
  if (typeof a !== 'string' || typeof b !== 'string') return Number(a) - Number(b)
  const [left, right] = [a, b].map((text) => Array.from(text, (character) => character.codePointAt(0) ?? 0))
  return compareLists(left ?? [], right ?? [])
}

function compareLists(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((item, index) => item !== b[index])
  if (index === -1) return a.length - b.length
  return (a[index] ?? -1) - (b[index] ?? -1)
}
