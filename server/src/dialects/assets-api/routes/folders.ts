import { KeepsakeError } from '@keepsake/shared/domain/errors'
import { createFolder } from '@keepsake/shared/operations/folders/create-folder'
import { deleteFolder } from '@keepsake/shared/operations/folders/delete-folder'
import { listFolders } from '@keepsake/shared/operations/folders/list-folders'
import type { Context } from '@keepsake/shared/ports/context'
import type { Router } from 'express'
import { mountResource } from '../../../http/mount-resource.ts'
import { queryOf } from '../../../http/query.ts'
import type { PrincipalOf } from '../authenticate.ts'
import { parseId } from '../parse-id.ts'
import { parsePage } from '../parse-list.ts'
import { PAGE_SIZE, presentFolder, presentId, presentPage } from '../present.ts'
import { receiveForm } from '../receive-form.ts'
import { pathIds } from './path-ids.ts'

/** The folders that a project's assets can be put into. */
export function mountFolders(router: Router, context: Context, principalOf: PrincipalOf): void {
  mountResource(router, '/api/v1/folders', {
    async get(req, res) {
      const { shown, page } = parsePage(queryOf(req))
      const { folders, total } = await listFolders(context, principalOf(req), { page, pageSize: PAGE_SIZE })
      res.json(presentPage(folders.map(presentFolder), shown, total))
    },

    async post(req, res) {
      const { fields } = await receiveForm(context, req, res, { names: ['path'], take: refuseFile })
      const path = fields.get('path')
      if (typeof path !== 'string') {
        throw new KeepsakeError('BODY_INVALID', 'path is required', { details: { param: 'path' } })
      }
      const folder = await createFolder(context, principalOf(req), path)
      res.json(presentId(folder.id))
    },
  })

  mountResource(router, '/api/v1/folders/:id', {
    async delete(req, res) {
      await deleteFolder(context, principalOf(req), parseId(...pathIds(req)))
      res.json(true)
    },
  })
}

async function refuseFile(): Promise<never> {
  throw new KeepsakeError('BODY_INVALID', 'a folder has no file')
}
