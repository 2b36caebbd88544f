import type { MongoDatabase } from './mongo-database.ts'
import { OPERATION } from './schema-options.ts'

/** How many numbers a block has. */
export const BLOCK_SIZE = 1024

/** How many assets of a block are listed. */
export interface BlockCount {
  readonly block: number
  readonly live: number
}

/** The block that a number lies in. */
export function blockOf(number: number): number {
  return Math.floor(number / BLOCK_SIZE)
}

/** How a block's document is found. */
export function blockId(projectId: string, block: number): string {
  return `${projectId}/${block}`
}

/** How many records one command looks at. */
const PIECE = 64 * BLOCK_SIZE

/** More gaps than this are counted as one: a command costs as much as a thousand records. */
const MOST_GAPS = 16

interface Range {
  /** The first number, and the first that does not belong to it. */
  readonly start: number
  readonly end: number
}

/** Counts the listed assets of all blocks but the `stored` ones, which are in order; a block without any is left out. */
export async function countBlocks(
  database: MongoDatabase,
  projectId: string,
  stored: readonly Pick<BlockCount, 'block'>[],
): Promise<BlockCount[]> {
  const isStored = new Set(stored.map(({ block }) => block))
  const counts: BlockCount[] = []
  for (const range of gapsBetween(stored.map(({ block }) => block))) {
    counts.push(...(await countRange(database, projectId, range)).filter(({ block }) => !isStored.has(block)))
  }
  return counts
}

function gapsBetween(blocks: readonly number[]): Range[] {
  const gaps: Range[] = []
  let start = 0
  for (const block of blocks) {
    if (block > start) gaps.push({ start: start * BLOCK_SIZE, end: block * BLOCK_SIZE })
    start = block + 1
  }
  gaps.push({ start: start * BLOCK_SIZE, end: Number.MAX_SAFE_INTEGER })
  return gaps.length <= MOST_GAPS ? gaps : [{ start: gaps[0]?.start ?? 0, end: Number.MAX_SAFE_INTEGER }]
}

async function countRange(database: MongoDatabase, projectId: string, { start, end }: Range): Promise<BlockCount[]> {
  const counts: BlockCount[] = []
  let from = start
  for (;;) {
    const piece = await countPiece(database, projectId, { start: from, end })
    const seen = piece.reduce((total, { live }) => total + live, 0)
    const last = piece.at(-1)
    if (seen < PIECE || !last) return [...counts, ...piece]
    // It may go on behind the piece.
    counts.push(...piece.slice(0, -1))
    from = last.block * BLOCK_SIZE
  }
}

async function countPiece(database: MongoDatabase, projectId: string, { start, end }: Range): Promise<BlockCount[]> {
  const groups = await database.read(() =>
    database.assets
      .aggregate<{ _id: number; live: number }>([
        { $match: { projectId, state: 'persisted', number: { $gte: start, $lt: end } } },
        { $sort: { number: 1 } },
        { $limit: PIECE },
        { $group: { _id: { $floor: { $divide: ['$number', BLOCK_SIZE] } }, live: { $sum: 1 } } },
      ])
      .option({ maxTimeMS: OPERATION }),
  )
  return groups.map(({ _id, live }) => ({ block: _id, live })).sort((a, b) => a.block - b.block)
}
