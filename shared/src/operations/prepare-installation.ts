import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { type AccessKeyType, hashAccessKey } from '../domain/access-key.ts'
import { isCode, KeepsakeError } from '../domain/errors.ts'
import { newId } from '../domain/identifier.ts'
import type { Project } from '../domain/project.ts'
import type { Context } from '../ports/context.ts'
import type { InstallationRecord } from '../ports/installation.ts'

/** The object that tells to which installation a storage belongs. */
export const MARK_KEY = '.keepsake'

/** Why nothing starts on a database that is being filled. */
export const TRANSFER_NOT_ENDED = 'A transfer to this database has not ended; run it again to its end.'

const MARK_DEADLINE = 30_000

/** When to look for the mark of a faster process, whose put may still be under way; milliseconds. */
const MARK_PAUSES = [0, 250, 1_000]

/**
 * Makes the first project if there is none, adds the access keys to it unless they are known, and marks the storage. May run in several processes at once.
 * Throws STORE_MISMATCH when the storage belongs to another installation, or a transfer to the database has not ended.
 */
export async function prepareInstallation(
  context: Context,
  installation: InstallationRecord,
  { secretKey, publicKey }: { readonly secretKey?: string; readonly publicKey?: string },
): Promise<void> {
  await claimStorage(context, installation)
  const now = context.now()
  const [id, ownerId] = [newId(context.randomBytes), newId(context.randomBytes)]
  const project = await context.projects.ensureFirst({ id, ownerId, name: 'Default', createdAt: now, updatedAt: now })
  if (secretKey) await addAccessKey(context, project, secretKey, 'secret')
  if (publicKey) await addAccessKey(context, project, publicKey, 'public')
}

async function claimStorage(context: Context, installation: InstallationRecord): Promise<void> {
  const { id, marked, use } = await installation.identify(newId(context.randomBytes))
  if (use === 'transfer') throw notWhole()
  const found = await readMark(context)
  if (found === undefined && marked) {
    throw new KeepsakeError(
      'STORE_MISMATCH',
      'The storage lacks the mark of this installation: it is a different or an emptied one; connect the storage that belongs to the database.',
    )
  }
  const mark = found ?? (await putMark(context, id))
  if (mark !== id) {
    throw new KeepsakeError(
      'STORE_MISMATCH',
      `The storage belongs to installation ${mark}, the database to ${id}; connect the two that belong together.`,
    )
  }
  if (!marked) await installation.setMarked()
  // A transfer may have begun meanwhile: it fills only what is not in service, and nobody is in service on what it fills.
  if (use === 'none' && !(await installation.changeUse('none', 'service'))) throw notWhole()
}

function notWhole(): KeepsakeError {
  return new KeepsakeError('STORE_MISMATCH', TRANSFER_NOT_ENDED)
}

/** Puts the mark and answers with the one that is there: another process may have been faster. */
export async function putMark(context: Pick<Context, 'storage'>, id: string): Promise<string> {
  const signal = AbortSignal.timeout(MARK_DEADLINE)
  try {
    const body = Readable.from([Buffer.from(id)])
    await context.storage.put(MARK_KEY, body, { size: id.length, signal, usesReserve: true })
    return id
  } catch (error) {
    for (const pause of MARK_PAUSES) {
      await setTimeout(pause)
      const found = await readMark(context)
      if (found !== undefined) return found
    }
    throw error
  }
}

/** The id of the installation to which the storage belongs; undefined when it has no mark. */
export async function readMark(context: Pick<Context, 'storage'>): Promise<string | undefined> {
  try {
    const { body } = await context.storage.open(MARK_KEY)
    const chunks =
      body instanceof Readable ? await body.toArray({ signal: AbortSignal.timeout(MARK_DEADLINE) }) : [body]
    return Buffer.concat(chunks).toString()
  } catch (error) {
    if (isCode(error, 'OBJECT_NOT_FOUND')) return undefined
    throw error
  }
}

async function addAccessKey(context: Context, project: Project, plain: string, type: AccessKeyType): Promise<void> {
  const hint = `${plain.slice(0, 3)}…${plain.slice(-4)}`
  const stored = await context.projects.addAccessKey({
    id: newId(context.randomBytes),
    projectId: project.id,
    type,
    name: `First ${type} key`,
    hash: hashAccessKey(plain),
    hint,
    createdAt: context.now(),
  })
  if (stored.revokedAt) context.log.warn('accessKey.revoked', { hint, revokedAt: stored.revokedAt })
}
