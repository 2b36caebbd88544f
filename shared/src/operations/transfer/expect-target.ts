import { KeepsakeError } from '../../domain/errors.ts'
import { putMark, readMark } from '../prepare-installation.ts'
import type { TransferContext } from './transfer-context.ts'

/** Throws STORE_MISMATCH when the source's two stores do not belong together, or the target's storage belongs to another installation. Changes nothing. */
export async function expectTarget({ source, target }: TransferContext): Promise<void> {
  const { installationId: id } = source
  const ownMark = await readMark(source)
  if (ownMark !== id)
    throw mismatch(
      `The configured storage belongs to ${nameOf(ownMark)}, its database to ${id}; connect the two that belong together.`,
    )
  const mark = await readMark(target)
  if (mark !== undefined && mark !== id)
    throw mismatch(`The target's storage belongs to installation ${mark}, not to ${id}; choose an empty one.`)
}

/**
 * Makes the target's database one of the source's installation, and one that no server and no worker starts on. Throws STORE_MISMATCH for
 * one of another, and for one that is in service already: two histories cannot be joined.
 */
export async function beginTarget({ source, target, shared }: TransferContext): Promise<void> {
  // The storage alone moves: without its mark nothing starts on it.
  if (shared === 'database') return
  const { id } = await target.installation.identify(source.installationId)
  if (id !== source.installationId)
    throw mismatch(
      `The target's database belongs to installation ${id}, not to ${source.installationId}; choose an empty one.`,
    )
  if (!(await target.installation.changeUse('none', 'transfer')))
    throw mismatch('The target is in service: a server or a worker has started on it. Choose an empty one.')
}

/** From now on server and worker may start on the target. */
export async function finishTarget({ source, target, shared }: TransferContext): Promise<void> {
  await putMark(target, source.installationId)
  if (shared === 'database') return
  await target.installation.setMarked()
  await target.installation.changeUse('transfer', 'none')
}

function nameOf(mark: string | undefined): string {
  return mark === undefined ? 'no installation' : `installation ${mark}`
}

function mismatch(message: string): KeepsakeError {
  return new KeepsakeError('STORE_MISMATCH', message)
}
