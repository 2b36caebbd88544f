import { deleteEntry, getEntry } from '@keepsake/shared/operations/assets/get-entry'
import { listEntries } from '@keepsake/shared/operations/assets/list-entries'
import type { Context } from '@keepsake/shared/ports/context'
import type { Router } from 'express'
import { mountResource } from '../../../http/mount-resource.ts'
import { queryOf } from '../../../http/query.ts'
import type { PrincipalOf } from '../authenticate.ts'
import { parseId } from '../parse-id.ts'
import { parsePage, parseQuery } from '../parse-list.ts'
import { PAGE_SIZE, presentEntry, presentId, presentPage } from '../present.ts'
import { receiveEntry } from '../receive-entry.ts'
import { receiveUpdate } from '../receive-update.ts'
import { pathIds } from './path-ids.ts'

/** How much of the ignored filters a header may repeat, in characters. */
const MAX_IGNORED = 1000

/** The persisted assets of a project, as a list that can be searched and changed. */
export function mountAssets(router: Router, context: Context, principalOf: PrincipalOf): void {
  const { settings } = context

  mountResource(router, '/api/v1/assets', {
    async get(req, res) {
      const query = queryOf(req)
      const { filters, ignored } = parseQuery(query)
      const { shown, page } = parsePage(query)
      const found = await listEntries(context, principalOf(req), { filters, page, pageSize: PAGE_SIZE })
      if (ignored.length > 0) {
        res.setHeader('X-Ignored-Filters', ignored.map(encodeURIComponent).join(', ').slice(0, MAX_IGNORED))
      }
      const entries = found.assets.map((asset) => presentEntry(asset, settings))
      res.json(presentPage(entries, shown, found.total))
    },

    async post(req, res) {
      const asset = await receiveEntry(context, principalOf(req), req, res)
      res.json(presentId(asset.number))
    },

    async put(req, res) {
      await receiveUpdate(context, principalOf(req), req, res, queryOf(req).getAll('id'))
      res.json(true)
    },
  })

  mountResource(router, '/api/v1/assets/:id', {
    async get(req, res) {
      const asset = await getEntry(context, principalOf(req), parseId(...pathIds(req)))
      res.json(presentEntry(asset, settings))
    },

    async put(req, res) {
      const ids = [...pathIds(req), ...queryOf(req).getAll('id')]
      await receiveUpdate(context, principalOf(req), req, res, ids)
      res.json(true)
    },

    async delete(req, res) {
      await deleteEntry(context, principalOf(req), parseId(...pathIds(req)))
      res.json(true)
    },
  })
}
