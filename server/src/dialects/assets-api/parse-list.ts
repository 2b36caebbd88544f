import { type ParsedFilters, parseFilters } from '@keepsake/shared/domain/parse-filters'

/** Further than any list: what is asked of the database stays a whole number. */
const LAST_PAGE = 2 ** 40

/** Which page is wanted, as it is shown and as it is asked for. */
export interface WantedPage {
  readonly shown: number
  readonly page: number
}

/** The query's page; what is below 1 or no whole number means the first. */
export function parsePage(query: URLSearchParams): WantedPage {
  const text = query.getAll('page').at(-1) ?? ''
  const wanted = /^\d{1,300}$/.test(text) ? Number(text) : 1
  const shown = Math.max(1, wanted)
  return { shown, page: Math.min(shown, LAST_PAGE) }
}

/** The query's filters: all of it but the page. Throws QUERY_INVALID. */
export function parseQuery(query: URLSearchParams): ParsedFilters {
  return parseFilters([...query].filter(([key]) => key !== 'page'))
}
