import { isDeepStrictEqual } from 'node:util'
import type { AssetDocument } from './asset-document.ts'

/** Whether `stored` has every member of `document`, and equal ones. */
export function isSameDocument(stored: AssetDocument, document: AssetDocument): boolean {
  return Object.entries(document).every(([name, value]) =>
    isDeepStrictEqual(stored[name as keyof AssetDocument], value),
  )
}
