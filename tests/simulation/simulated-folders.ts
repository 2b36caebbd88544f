import type { Folder } from '@keepsake/shared/domain/folder'
import { parsePlace } from '@keepsake/shared/domain/place'
import type { FolderPage, FolderRepository, FolderUpkeep } from '@keepsake/shared/ports/folder-repository'
import type { Step } from './step.ts'
import type { World } from './world.ts'

/** Records of folders in memory, each call one step. */
export class SimulatedFolders implements FolderRepository, FolderUpkeep {
  readonly #world: World
  readonly #step: Step

  constructor(world: World, step: Step) {
    this.#world = world
    this.#step = step
  }

  async ensure(projectId: string, paths: readonly string[], createdAt: Date): Promise<void> {
    await this.#step({
      name: 'ensure folders',
      about: () => paths.join(' '),
      lost: 'OUTCOME_UNKNOWN',
      effect: () => {
        for (const path of paths) if (!this.#at(projectId, path)) this.#add(projectId, path, createdAt)
      },
    })
  }

  async find(projectId: string, id: number): Promise<Folder | undefined> {
    return this.#step({ name: 'find folder', effect: () => this.#of(projectId).find((folder) => folder.id === id) })
  }

  async findByPath(projectId: string, path: string): Promise<Folder | undefined> {
    return this.#step({ name: 'find folder', about: () => path, effect: () => this.#at(projectId, path) })
  }

  async list(projectId: string, page: number, pageSize: number): Promise<FolderPage> {
    const effect = () => {
      const all = [...this.#of(projectId)].sort((a, b) => a.id - b.id)
      return { folders: all.slice((page - 1) * pageSize, page * pageSize), total: all.length }
    }
    return this.#step({ name: 'list folders', effect })
  }

  async hasChildren(projectId: string, path: string): Promise<boolean> {
    const effect = () => this.#of(projectId).some((folder) => folder.path.startsWith(`${path}/`))
    return this.#step({ name: 'has children', about: () => path, effect })
  }

  async delete(projectId: string, id: number): Promise<boolean> {
    return this.#step({
      name: 'delete folder',
      lost: 'OUTCOME_UNKNOWN',
      effect: () => {
        const index = this.#world.folders.findIndex((folder) => folder.projectId === projectId && folder.id === id)
        if (index >= 0) this.#world.folders.splice(index, 1)
        return index >= 0
      },
    })
  }

  async findMissing(limit: number): Promise<{ projectId: string; path: string }[]> {
    return this.#step({ name: 'find missing folders', effect: () => missingFolders(this.#world).slice(0, limit) })
  }

  #add(projectId: string, path: string, createdAt: Date): void {
    const id = (this.#world.folderNumbers.get(projectId) ?? 0) + 1
    this.#world.folderNumbers.set(projectId, id)
    this.#world.folders.push({ id, projectId, path, createdAt })
  }

  #of(projectId: string): Folder[] {
    return this.#world.folders.filter((folder) => folder.projectId === projectId)
  }

  #at(projectId: string, path: string): Folder | undefined {
    return this.#of(projectId).find((folder) => folder.path === path)
  }
}

/** Folders that hold a persisted asset and have no record. */
export function missingFolders({ assets, folders }: World): { projectId: string; path: string }[] {
  const held = [...assets.values()].flatMap(({ state, place, projectId }) => {
    const path = state === 'persisted' && place !== undefined ? parsePlace(place).folder : ''
    return path === '' ? [] : [{ projectId, path }]
  })
  const isKnown = ({ projectId, path }: { projectId: string; path: string }) =>
    folders.some((folder) => folder.projectId === projectId && folder.path === path)
  const missing = held.filter((folder) => !isKnown(folder))
  return [...new Map(missing.map((folder) => [`${folder.projectId}/${folder.path}`, folder])).values()]
}
