import type { AccessKey } from '@keepsake/shared/domain/access-key'
import type { Project } from '@keepsake/shared/domain/project'
import { rememberAccessKeys } from '@keepsake/shared/operations/remember-access-keys'
import type { ProjectRepository } from '@keepsake/shared/ports/project-repository'
import { openStore, SECOND, type Store } from '../support/store.ts'
import { accessKeyOf } from '../support/two-projects.ts'
import { withMethod } from '../support/with-method.ts'

let store: Store
let project: Project
let accessKey: AccessKey
let time = 0
let lookUps = 0
let projects: ProjectRepository

beforeEach(async () => {
  store = await openStore()
  project = store.owner.project
  accessKey = accessKeyOf(`sk_${'a'.repeat(24)}`, project)
  lookUps = 0
  const counted = withMethod(store.context.projects, 'findAccessKey', (real) => (hash) => {
    lookUps += 1
    return real(hash)
  })
  projects = rememberAccessKeys(counted, () => time)
})
afterEach(() => store.close())

test('a key that was found is looked for again after five seconds, so that a revoked one goes', async () => {
  await projects.addAccessKey(accessKey)

  const [first, second] = [await projects.findAccessKey(accessKey.hash), await projects.findAccessKey(accessKey.hash)]
  expect(second).toEqual(first)
  expect(lookUps).toBe(1)

  time += 5 * SECOND
  await projects.findAccessKey(accessKey.hash)
  expect(lookUps).toBe(2)
})

test('a key that was not found works as soon as it is made', async () => {
  expect(await projects.findAccessKey(accessKey.hash)).toBeUndefined()

  await projects.addAccessKey(accessKey)

  expect(await projects.findAccessKey(accessKey.hash)).toMatchObject({ accessKey: { id: accessKey.id } })
})
