import type { AssetRepository } from '@keepsake/shared/ports/asset-repository'
import type { Heartbeat } from '@keepsake/shared/ports/heartbeat'
import { describeContract, type Harness } from './harness.ts'
import { later, NOW, record } from './records.ts'

/** What every heartbeat must do. It counts the records beside it. */
export function describeHeartbeat(harness: Harness<{ heartbeat: Heartbeat; assets: AssetRepository }>): void {
  describeContract(harness, ({ port, promises }) => {
    promises('knows nothing before the first beat', async () => {
      expect(await port().heartbeat.read(NOW)).toStrictEqual({ due: 0, late: 0, garbage: 0 })
    })

    promises('shows every process the latest beat of any', async () => {
      const other = await harness.reopen()
      await port().heartbeat.beat(later(10))

      await other.heartbeat.beat(later(5))

      expect((await other.heartbeat.read(NOW)).lastRunAt).toEqual(later(10))
      expect((await port().heartbeat.read(NOW)).lastRunAt).toEqual(later(10))
    })

    promises('counts what is due, what of it is past its deadline, and what is garbage', async () => {
      const garbage = ['a', 'b', 'c'].map((key) => ({ key, after: later(60_000) }))
      const members = [
        { dueAt: NOW },
        { dueAt: later(1) },
        { garbage },
        { garbage: garbage.slice(1), dueAt: later(-1) },
        { dueAt: NOW, deadline: NOW },
        { dueAt: later(-2), deadline: later(-2) },
        { dueAt: later(-2), deadline: later(1) },
        { dueAt: later(1), deadline: later(1) },
      ]
      for (const asset of members) await port().assets.insert(record(asset))

      expect(await port().heartbeat.read(NOW)).toStrictEqual({ due: 5, late: 2, garbage: 5 })
    })
  })
}
