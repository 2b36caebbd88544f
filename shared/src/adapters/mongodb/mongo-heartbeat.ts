import type { Heartbeat, Pulse } from '../../ports/heartbeat.ts'
import { changeState } from './change-state.ts'
import { dueBy } from './due-by.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { OPERATION } from './schema-options.ts'

/** How many records are looked at. */
const MOST = 10_000

/** The workers' sign of life in MongoDB. */
export class MongoHeartbeat implements Heartbeat {
  readonly #database: MongoDatabase

  constructor(database: MongoDatabase) {
    this.#database = database
  }

  async beat(at: Date): Promise<void> {
    await changeState(this.#database, 'heartbeat', { $max: { lastRunAt: at } })
  }

  async read(now: Date): Promise<Pulse> {
    const { states, assets } = this.#database
    const [state, due, garbage] = await this.#database.read(() =>
      Promise.all([
        states.findById('heartbeat').lean().maxTimeMS(OPERATION),
        assets
          .countDocuments({ dueAt: dueBy(now) })
          .limit(MOST)
          .maxTimeMS(OPERATION),
        this.#countGarbage(),
      ]),
    )
    return { ...(state?.lastRunAt && { lastRunAt: state.lastRunAt }), due, garbage }
  }

  async #countGarbage(): Promise<number> {
    const [sum] = await this.#database.assets
      .aggregate<{ total: number }>([
        { $match: { garbageCount: { $gt: 0 } } },
        { $limit: MOST },
        { $group: { _id: null, total: { $sum: '$garbageCount' } } },
      ])
      .option({ maxTimeMS: OPERATION })
    return sum?.total ?? 0
  }
}
