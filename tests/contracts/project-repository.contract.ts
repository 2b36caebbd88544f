import { type AccessKey, hashAccessKey } from '@keepsake/shared/domain/access-key'
import type { Project } from '@keepsake/shared/domain/project'
import type { ProjectRepository } from '@keepsake/shared/ports/project-repository'
import { describeContract, type Harness } from './harness.ts'
import { later, NOW, record } from './records.ts'

/** What every repository of projects and access keys must do. */
export function describeProjectRepository(harness: Harness<ProjectRepository>): void {
  describeContract(harness, ({ port, promises }) => {
    promises('makes one first project, the same for every process', async () => {
      const [first, second] = [newProject(), newProject({ createdAt: later(-1) })]

      expect(await port().ensureFirst(first)).toStrictEqual(first)
      expect(await (await harness.reopen()).ensureFirst(second)).toStrictEqual(first)
    })

    promises('makes one first project when many ask at once', async () => {
      const other = await harness.reopen()
      const candidates = Array.from({ length: 10 }, () => newProject())

      const answers = await Promise.all(
        candidates.map((project, index) => (index % 2 ? port() : other).ensureFirst(project)),
      )

      expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
      expect(candidates).toContainEqual(answers[0])
    })

    promises('keeps an access key with its project', async () => {
      const project = await port().ensureFirst(newProject())
      const accessKey = newAccessKey(project)

      expect(await port().addAccessKey(accessKey)).toStrictEqual(accessKey)
      expect(await (await harness.reopen()).findAccessKey(accessKey.hash)).toStrictEqual({ accessKey, project })
      expect(await port().findAccessKey(hashAccessKey('sk_unknown'))).toBeUndefined()
      expect(await port().findAccessKey(`${accessKey.hash}\0`)).toBeUndefined()
    })

    promises('never replaces an access key', async () => {
      const project = await port().ensureFirst(newProject())
      const accessKey = newAccessKey(project)
      await port().addAccessKey(accessKey)

      const again = await port().addAccessKey({ ...accessKey, id: record().id, name: 'again', type: 'public' })

      expect(again).toStrictEqual(accessKey)
      expect((await port().findAccessKey(accessKey.hash))?.accessKey).toStrictEqual(accessKey)
    })

    promises('leaves a revoked access key revoked', async () => {
      const project = await port().ensureFirst(newProject())
      const { revokedAt, ...accessKey } = { ...newAccessKey(project), revokedAt: later(5) }
      await port().addAccessKey({ ...accessKey, revokedAt })

      expect((await port().addAccessKey(accessKey)).revokedAt).toEqual(revokedAt)
      expect((await port().findAccessKey(accessKey.hash))?.accessKey.revokedAt).toEqual(revokedAt)
    })
  })
}

function newProject(members: Partial<Project> = {}): Project {
  const [id, ownerId] = [record().id, record().id]
  return { id, ownerId, name: 'Default', createdAt: NOW, updatedAt: later(1), ...members }
}

function newAccessKey(project: Project): AccessKey {
  const plain = `sk_${record().id}`
  const [hash, hint] = [hashAccessKey(plain), 'sk_…abcd']
  return { id: record().id, projectId: project.id, type: 'secret', name: 'Default', hash, hint, createdAt: NOW }
}
