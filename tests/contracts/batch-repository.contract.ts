import { type Batch, moveBatch, openBatch } from '@keepsake/shared/domain/batch'
import type { BatchRepository, BatchUpkeep } from '@keepsake/shared/ports/batch-repository'
import { describeContract, type Harness } from './harness.ts'
import { idsOf, later, NOW, PROJECT, record } from './records.ts'

/** What every repository of batches must do. */
export function describeBatchRepository(harness: Harness<BatchRepository & BatchUpkeep>): void {
  describeContract(harness, ({ port, promises }) => {
    promises('keeps a batch and the order of its members, for every process', async () => {
      const batch = newBatch({ members: ['3', '1', '2'] })
      await port().insert(batch)

      expect(await (await harness.reopen()).find(batch.id)).toStrictEqual(batch)
      expect(await port().find('unknown')).toBeUndefined()
    })

    promises('finds, moves on and forgets nothing by an id that goes on behind a NUL', async () => {
      const [open, over] = [newBatch(), moveBatch(newBatch(), 'aborted', NOW)]
      for (const batch of [open, over]) await port().insert(batch)

      expect(await port().find(`${open.id}\0`)).toBeUndefined()
      expect(await port().replace({ ...moveBatch(open, 'committed', NOW), id: `${open.id}\0` }, 'open')).toBe(false)
      await port().forget(`${over.id}\0`)

      expect(await port().find(open.id)).toStrictEqual(open)
      expect(await port().find(over.id)).toStrictEqual(over)
    })

    promises('takes the same insert again, and does not undo what happened meanwhile', async () => {
      const batch = newBatch()
      const committed = moveBatch(batch, 'committed', NOW)
      await port().insert(batch)
      await port().replace(committed, 'open')

      await port().insert(batch)

      expect(await port().find(batch.id)).toStrictEqual(committed)
    })

    promises('moves a batch on from the state that was expected only', async () => {
      const batch = newBatch()
      await port().insert(batch)
      const committed = moveBatch(batch, 'committed', NOW)

      expect(await port().replace(moveBatch(committed, 'done', NOW), 'committed')).toBe(false)
      expect(await port().replace(newBatch(), 'open')).toBe(false)
      expect(await port().find(batch.id)).toStrictEqual(batch)
      expect(await port().replace(committed, 'open')).toBe(true)
      expect(await port().replace(moveBatch(batch, 'aborted', NOW), 'open')).toBe(false)
      expect(await port().find(batch.id)).toStrictEqual(committed)
    })

    promises('lets one of many decide', async () => {
      const batch = newBatch()
      await port().insert(batch)
      const decisions = Array.from({ length: 10 }, (_, index) =>
        moveBatch(batch, index % 2 ? 'committed' : 'aborted', later(index)),
      )

      const won = await Promise.all(decisions.map((decision) => port().replace(decision, 'open')))

      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await port().find(batch.id)).toStrictEqual(decisions[won.indexOf(true)])
    })

    promises('finds the batches whose time has come, page by page', async () => {
      const due = [-1, -5, -5, 0].map((time) => newBatch({ dueAt: later(time) }))
      for (const batch of [...due, newBatch({ dueAt: later(1) })]) await port().insert(batch)

      const first = await port().findDue(NOW, 3)
      const second = await port().findDue(NOW, 3, first.at(-1))

      const inOrder = [...due].sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime() || (a.id < b.id ? -1 : 1))
      expect([first.length, second.length]).toEqual([3, 1])
      expect(idsOf([...first, ...second])).toEqual(idsOf(inOrder))
    })

    promises('forgets a batch that is over, and none that is not', async () => {
      const open = newBatch()
      const committed = moveBatch(newBatch(), 'committed', NOW)
      const over = [moveBatch(newBatch(), 'aborted', NOW), moveBatch(committed, 'done', NOW)]
      for (const batch of [open, { ...committed, id: record().id }, ...over]) await port().insert(batch)

      for (const { id } of await port().findDue(later(365 * 24 * 60 * 60 * 1000), 10)) await port().forget(id)

      const left = await port().findDue(later(365 * 24 * 60 * 60 * 1000), 10)
      expect(left.map(({ state }) => state).sort()).toEqual(['committed', 'open'])
    })
  })
}

function newBatch(members: Partial<Batch> = {}): Batch {
  return { ...openBatch({ id: record().id, projectId: PROJECT, members: ['1'] }, NOW), ...members }
}
