import { KeepsakeError } from '../../domain/errors.ts'
import { MARK_KEY, putMark, readMark } from '../prepare-installation.ts'
import { removeObjects } from './remove-copy.ts'
import type { TransferContext } from './transfer-context.ts'

/**
 * Throws STORE_MISMATCH when the source's two stores do not belong together, when the target belongs to another installation, or when it
 * is in service already: two histories cannot be joined. Changes nothing.
 */
export async function expectTarget({ source, target, shared, now }: TransferContext): Promise<void> {
  const { installationId: id } = source
  const ownMark = await readMark(source)
  if (ownMark !== id)
    throw mismatch(
      `The configured storage belongs to ${nameOf(ownMark)}, its database to ${id}; connect the two that belong together.`,
    )
  const mark = await readMark(target)
  if (mark !== undefined && mark !== id)
    throw mismatch(`The target's storage belongs to installation ${mark}, not to ${id}; choose an empty one.`)
  if (shared === 'database') return

  const { lastRunAt } = await target.heartbeat.read(now())
  if (lastRunAt)
    throw mismatch(`The target is in service: a worker ran on it at ${lastRunAt.toISOString()}. Choose an empty one.`)
  const own = new Map((await source.records.readCounters()).map((counter) => [counter.projectId, counter]))
  const isAhead = (await target.records.readCounters()).some(
    ({ projectId, number, folder }) =>
      number > (own.get(projectId)?.number ?? 0) || folder > (own.get(projectId)?.folder ?? 0),
  )
  if (isAhead)
    throw mismatch('The target is in service: it has numbered assets or folders itself. Choose an empty one.')
}

/**
 * Makes a database that has no installation one of the source's, and one that no server and no worker starts on: its storage gets its mark
 * when all is there, `finishTarget`. Throws STORE_MISMATCH for a database of another.
 */
export async function beginTarget(context: TransferContext): Promise<void> {
  // A storage that both use keeps its mark; its target is not known to be an installation before all is there.
  if (context.shared !== 'nothing') return
  await adopt(context)
  await removeObjects(context, [MARK_KEY])
}

/** From now on server and worker may start on the target. */
export async function finishTarget(context: TransferContext): Promise<void> {
  if (context.shared === 'storage') await adopt(context)
  await putMark(context.target, context.source.installationId)
}

async function adopt({ source, target }: TransferContext): Promise<void> {
  const { id } = await target.installation.identify(source.installationId)
  if (id !== source.installationId) {
    throw mismatch(
      `The target's database belongs to installation ${id}, not to ${source.installationId}; choose an empty one.`,
    )
  }
  await target.installation.setMarked()
}

function nameOf(mark: string | undefined): string {
  return mark === undefined ? 'no installation' : `installation ${mark}`
}

function mismatch(message: string): KeepsakeError {
  return new KeepsakeError('STORE_MISMATCH', message)
}
