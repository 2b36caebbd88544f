import type { ProjectRepository } from '../ports/project-repository.ts'

/** How long a revoked key may still be taken, milliseconds. */
const MEMORY = 5_000

/** More keys than one process sees in that time; then it begins anew. */
const MOST_KEYS = 1_000

type Found = Awaited<ReturnType<ProjectRepository['findAccessKey']>>

/** The same projects, but a key that was found is not looked for again for 5 seconds. One that is unknown always is: it may just have been made. */
export function rememberAccessKeys(
  projects: ProjectRepository,
  clock: () => number = () => performance.now(),
): ProjectRepository {
  const known = new Map<string, { readonly found: Found; readonly until: number }>()
  return {
    ensureFirst: (project) => projects.ensureFirst(project),
    addAccessKey: (accessKey) => projects.addAccessKey(accessKey),
    async findAccessKey(hash) {
      const remembered = known.get(hash)
      if (remembered && clock() < remembered.until) return remembered.found
      const found = await projects.findAccessKey(hash)
      if (known.size >= MOST_KEYS) known.clear()
      if (found) known.set(hash, { found, until: clock() + MEMORY })
      else known.delete(hash)
      return found
    },
  }
}
