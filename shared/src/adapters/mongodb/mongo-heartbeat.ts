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
    const { states } = this.#database
    const [state, counts, garbage] = await this.#database.read(() =>
      Promise.all([
        states.findById('heartbeat').lean().maxTimeMS(OPERATION),
        this.#countDue(now),
        this.#countGarbage(),
      ]),
    )
    return { ...(state?.lastRunAt && { lastRunAt: state.lastRunAt }), ...counts, garbage }
  }

  async #countDue(now: Date): Promise<Pick<Pulse, 'due' | 'late'>> {
    // Not `$lte` alone: in an expression what is absent is less than any date.
    const isLate = { $and: [{ $gt: ['$deadline', null] }, { $lte: ['$deadline', now] }] }
    const [sum] = await this.#database.assets
      .aggregate<Pick<Pulse, 'due' | 'late'>>([
        { $match: { dueAt: dueBy(now) } },
        { $limit: MOST },
        { $group: { _id: null, due: { $sum: 1 }, late: { $sum: { $cond: [isLate, 1, 0] } } } },
        { $project: { _id: 0 } },
      ])
      .option({ maxTimeMS: OPERATION })
    return sum ?? { due: 0, late: 0 }
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
