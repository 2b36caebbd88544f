import type { AccessKey } from '../domain/access-key.ts'
import type { Project } from '../domain/project.ts'

/** Projects and their access keys. */
export interface ProjectRepository {
  /** Stores `project` if there is none yet; answers with the first one, the same for every process. */
  ensureFirst(project: Project): Promise<Project>
  /** Stores the key unless one with its hash is known, also a revoked one; answers with the stored one. */
  addAccessKey(accessKey: AccessKey): Promise<AccessKey>
  /** Revoked ones too. */
  findAccessKey(hash: string): Promise<{ accessKey: AccessKey; project: Project } | undefined>
}
