import type { Asset, AssetState } from '@keepsake/shared/domain/asset'
import type { AssetQuery } from '@keepsake/shared/domain/asset-query'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { AssetListing, AssetPage, AssetRepository } from '@keepsake/shared/ports/asset-repository'
import type { AssetUpkeep } from '@keepsake/shared/ports/asset-upkeep'
import { filtered } from '../contracts/filtered.ts'
import type { Step } from './step.ts'
import type { World } from './world.ts'

/** Records of assets in memory, each call one step. */
export class SimulatedAssets implements AssetRepository, AssetUpkeep {
  readonly #world: World
  readonly #step: Step

  constructor(world: World, step: Step) {
    this.#world = world
    this.#step = step
  }

  async insert(asset: Asset): Promise<void> {
    await this.#step({
      name: 'insert',
      about: () => describe(asset),
      lost: 'OUTCOME_UNKNOWN',
      effect: () => {
        if (this.#world.assets.has(asset.id)) return
        this.#refuseTaken(asset)
        this.#world.assets.set(asset.id, asset)
      },
    })
  }

  async replace(next: Asset): Promise<boolean> {
    return this.#step({
      name: 'replace',
      about: () => describe(next),
      lost: 'OUTCOME_UNKNOWN',
      effect: () => {
        if (this.#world.assets.get(next.id)?.version !== next.version - 1) return false
        this.#refuseTaken(next)
        this.#world.assets.set(next.id, next)
        return true
      },
    })
  }

  async find(id: string): Promise<Asset | undefined> {
    return this.#step({ name: 'find', about: () => id, effect: () => this.#world.assets.get(id) })
  }

  async findByTempId(tempId: string): Promise<Asset | undefined> {
    return this.#findBy('findByTempId', tempId, (asset) => asset.tempId === tempId)
  }

  async findByKey(key: string): Promise<Asset | undefined> {
    return this.#findBy('findByKey', key, (asset) => asset.key === key)
  }

  async findByNumber(projectId: string, number: number): Promise<Asset | undefined> {
    const matches = (asset: Asset) => asset.projectId === projectId && asset.number === number
    return this.#findBy('findByNumber', String(number), matches)
  }

  async list(projectId: string, { filters, page, pageSize }: AssetQuery): Promise<AssetPage> {
    const effect = () => {
      const listed = this.#all().filter(({ state, number }) => state === 'persisted' && number !== undefined)
      const own = listed.filter((asset) => asset.projectId === projectId)
      const found = filters.reduce(filtered, own).sort((a, b) => (a.number ?? 0) - (b.number ?? 0))
      return { assets: found.slice((page - 1) * pageSize, page * pageSize), total: found.length }
    }
    return this.#step({ name: 'list', effect })
  }

  async holdsAny(projectId: string, folder: string): Promise<boolean> {
    const prefix = folder === '' ? `${projectId}/` : `${projectId}/${folder}/`
    const effect = () => this.#all().some(({ place }) => place?.startsWith(prefix))
    return this.#step({ name: 'holdsAny', about: () => folder, effect })
  }

  async listNewest(projectId: string, { state, after, now, limit }: AssetListing): Promise<Asset[]> {
    const states: readonly AssetState[] = state === 'temporary' ? ['temporary', 'persisting'] : ['persisted']
    const effect = () =>
      this.#all()
        .filter((asset) => asset.projectId === projectId && states.includes(asset.state) && asset.url === undefined)
        .filter(({ deadline }) => state !== 'temporary' || deadline === undefined || deadline > now)
        .filter((asset) => !after || compare(asset.createdAt, asset.id, after.createdAt, after.id) < 0)
        .sort((a, b) => compare(b.createdAt, b.id, a.createdAt, a.id))
        .slice(0, limit)
    return this.#step({ name: 'listNewest', effect })
  }

  async takeNumber(projectId: string): Promise<number> {
    return this.#step({
      name: 'takeNumber',
      lost: 'OUTCOME_UNKNOWN',
      effect: () => {
        const number = (this.#world.numbers.get(projectId) ?? 0) + 1
        this.#world.numbers.set(projectId, number)
        return number
      },
    })
  }

  async check(): Promise<void> {
    await this.#step({ name: 'check database', effect: () => undefined })
  }

  async findDue(now: Date, limit: number, after?: Pick<Asset, 'id' | 'dueAt'>): Promise<Asset[]> {
    const effect = () =>
      this.#all()
        .filter(({ dueAt }) => dueAt !== undefined && dueAt <= now)
        .filter(({ id, dueAt }) => !after || compare(dueAt, id, after.dueAt, after.id) > 0)
        .sort((a, b) => compare(a.dueAt, a.id, b.dueAt, b.id))
        .slice(0, limit)
    return this.#step({ name: 'findDue', effect })
  }

  async forget(asset: Asset): Promise<boolean> {
    return this.#step({
      name: 'forget',
      about: () => describe(asset),
      lost: 'OUTCOME_UNKNOWN',
      effect: () => this.#world.assets.get(asset.id)?.version === asset.version && this.#world.assets.delete(asset.id),
    })
  }

  async now(): Promise<Date> {
    return this.#step({ name: 'now', effect: () => new Date(this.#world.time + this.#world.databaseClock) })
  }

  #findBy(name: string, value: string, matches: (asset: Asset) => boolean): Promise<Asset | undefined> {
    return this.#step({ name, about: () => value, effect: () => this.#all().find(matches) })
  }

  #refuseTaken(next: Asset): void {
    for (const other of this.#world.assets.values()) {
      if (other.id === next.id) continue
      const key = other.keys.find((key) => next.keys.includes(key))
      if (key) throw new KeepsakeError('KEY_TAKEN', `Another asset holds the key ${key}.`)
      if (next.place !== undefined && other.place === next.place) {
        throw new KeepsakeError('NAME_TAKEN', `Another asset holds the place ${next.place}.`)
      }
      if (next.tempId !== undefined && other.tempId === next.tempId) throw new Error('A temporary id was given twice.')
    }
  }

  #all(): Asset[] {
    return [...this.#world.assets.values()]
  }
}

/** By time, then by id; what has no time comes first. */
export function compare(a: Date | undefined, aId: string, b: Date | undefined, bId: string): number {
  const times = (a?.getTime() ?? 0) - (b?.getTime() ?? 0)
  if (times !== 0) return times
  return aId < bId ? -1 : Number(aId > bId)
}

/** A record in one line of a trace. */
export function describe({ id, version, state, key, marks, garbage, dueAt }: Asset): string {
  const words = [
    id.slice(0, 4),
    `v${version}`,
    state,
    key,
    marks.length > 0 && `marks ${marks.map((m) => m.slice(0, 4))}`,
  ]
  const debts = garbage.length > 0 && `garbage ${garbage.map((entry) => entry.key)}`
  return [...words, debts, dueAt && `due ${dueAt.toISOString()}`].filter(Boolean).join(' ')
}
