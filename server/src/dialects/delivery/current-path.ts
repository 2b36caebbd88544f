import { assetNotFound } from '@keepsake/shared/domain/errors'

const PREFIX = 'files/'

const PATH = /^files\/([0-9a-f]{24})(?:\/([^/]+))?$/

/** What no name can contain or be, encoded or not. */
const CROOKED = /^(?:\.|%2e){1,2}$|%2f|%5c|\\/i

/** Whether what follows the CDN's base leads to the current content of an asset, and not to an object by its key. */
export function isCurrentPath(path: string): boolean {
  return path.startsWith(PREFIX)
}

/** The asset's id in `files/<id>/<name>`; the name is decoration. Throws ASSET_NOT_FOUND for a crooked path. */
export function readCurrentPath(path: string): string {
  const [, id, name = ''] = PATH.exec(path) ?? []
  if (id === undefined || CROOKED.test(name)) throw assetNotFound()
  return id
}
