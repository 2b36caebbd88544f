import { type AccessKey, hashAccessKey } from '@keepsake/shared/domain/access-key'
import type { Project } from '@keepsake/shared/domain/project'
import type { ProjectRepository } from '@keepsake/shared/ports/project-repository'

/** The stored projects and one more, for which no one can be registered through the port. */
export function twoProjects(
  stored: ProjectRepository,
  project: Project,
  keys: readonly AccessKey[],
): ProjectRepository {
  return {
    ensureFirst: (first) => stored.ensureFirst(first),
    addAccessKey: (accessKey) => stored.addAccessKey(accessKey),
    async findAccessKey(hash) {
      const accessKey = keys.find((key) => key.hash === hash)
      return accessKey ? { accessKey, project } : stored.findAccessKey(hash)
    },
  }
}

/** A record of the access key `plain`. */
export function accessKeyOf(plain: string, project: Project): AccessKey {
  return {
    id: hashAccessKey(plain).slice(0, 24),
    projectId: project.id,
    type: plain.startsWith('sk_') ? 'secret' : 'public',
    name: 'Test',
    hash: hashAccessKey(plain),
    hint: '',
    createdAt: project.createdAt,
  }
}
