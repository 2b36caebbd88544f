import { withParents } from '../../domain/place.ts'
import type { UpkeepContext } from '../../ports/context.ts'

/** More than this are made in the next rounds. */
const MOST = 1000

/** Makes the records of folders that hold an asset and have none: a request died, or a folder was deleted, just then. Answers how many. */
export async function makeFolders({ folders, now, log }: UpkeepContext): Promise<number> {
  try {
    const missing = await folders.findMissing(MOST)
    for (const { projectId, path } of missing) await folders.ensure(projectId, withParents(path), now())
    return missing.length
  } catch (error) {
    log.error('upkeep.folders_failed', { error })
    return 0
  }
}
