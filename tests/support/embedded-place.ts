import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StorePlace } from './store-place.ts'

/** A new folder. */
export async function embeddedPlace(): Promise<StorePlace> {
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-'))
  const root = join(folder, 'objects')
  return {
    database: { kind: 'sqlite', path: join(folder, 'keepsake.db') },
    storage: { kind: 'disk', root, bucket: 'keepsake', minFreeBytes: 0 },
    async files() {
      const entries = await readdir(root, { recursive: true, withFileTypes: true })
      return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
