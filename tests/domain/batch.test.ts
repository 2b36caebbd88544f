import { type Batch, type BatchState, moveBatch, openBatch } from '@keepsake/shared/domain/batch'
import { at, DAY, MINUTE, START } from './asset-stages.ts'

const open = openBatch({ id: 'b1', projectId: 'p1', members: ['a1', 'a2'] }, START)
const committed = moveBatch(open, 'committed', START)
const batches: Record<BatchState, Batch> = {
  open,
  committed,
  aborted: moveBatch(open, 'aborted', START),
  done: moveBatch(committed, 'done', START),
}

describe('a batch', () => {
  test('is open for a day', () => {
    expect(open).toEqual({ id: 'b1', projectId: 'p1', members: ['a1', 'a2'], state: 'open', dueAt: at(DAY) })
  })

  test.each([
    ['open', 'committed', MINUTE],
    ['open', 'aborted', 7 * DAY],
    ['committed', 'done', 7 * DAY],
  ] as const)('that is %s becomes %s, and is looked at %d ms later', (from, to, pause) => {
    expect(moveBatch(batches[from], to, at(DAY))).toEqual({ ...open, state: to, dueAt: at(DAY + pause) })
  })

  test.each([
    ['open', 'done'],
    ['committed', 'committed'],
    ['committed', 'aborted'],
    ['aborted', 'committed'],
    ['aborted', 'aborted'],
    ['aborted', 'done'],
    ['done', 'committed'],
    ['done', 'aborted'],
    ['done', 'done'],
  ] as const)('that is %s never becomes %s', (from, to) => {
    expect(() => moveBatch(batches[from], to, START)).toThrow(`A batch that is ${from} cannot become ${to}.`)
  })
})
