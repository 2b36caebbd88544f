import { Readable } from 'node:stream'
import { isCode } from '../../domain/errors.ts'
import { newId, type RandomBytes } from '../../domain/identifier.ts'
import type { Storage } from '../../ports/storage.ts'
import type { StorageUpkeep } from '../../ports/storage-upkeep.ts'
import { type Finding, sentenceOf } from './finding.ts'
import { within } from './within.ts'

const PATIENCE = 15_000
const CONTENT = Buffer.from('keepsake check')

/** Puts, reads, copies, lists and deletes a small object of its own, and tells how far it came. Leaves nothing, if it may delete. */
export async function probeStorage(storage: Storage & StorageUpkeep, randomBytes: RandomBytes): Promise<Finding> {
  // No temporary id looks like this.
  const key = `temp/check-${newId(randomBytes)}`
  const copy = `${key}-copy`
  const steps: readonly [string, () => Promise<void>][] = [
    ['putting', () => storage.put(key, Readable.from([CONTENT]), { size: CONTENT.length })],
    ['reading', () => expectContent(storage, key)],
    ['copying', () => storage.copy(key, copy)],
    ['reading a copy', () => expectContent(storage, copy)],
    ['listing', () => expectListed(storage, [key, copy])],
    ['deleting', () => expectDeleted(storage, [key, copy])],
  ]
  for (const [name, step] of steps) {
    try {
      await within(PATIENCE, step())
    } catch (error) {
      const left = name === 'putting' ? '' : await cleanUp(storage, [key, copy])
      const sentence = `${capital(name)} an object failed: ${sentenceOf(error)}${left}`
      return { level: 'problem', subject: 'Permissions', sentence }
    }
  }
  return { level: 'good', subject: 'Permissions', sentence: 'Put, read, copied, listed and deleted a small object.' }
}

async function expectContent(storage: Storage, key: string): Promise<void> {
  const { body } = await storage.open(key)
  const chunks = body instanceof Readable ? await body.toArray({ signal: AbortSignal.timeout(PATIENCE) }) : [body]
  if (!Buffer.concat(chunks).equals(CONTENT)) throw new Error('What was read is not what was put.')
}

async function expectListed(storage: StorageUpkeep, keys: readonly string[]): Promise<void> {
  const { objects } = await storage.list(keys[0] ?? '')
  const listed = objects.map(({ key }) => key)
  if (!keys.every((key) => listed.includes(key))) throw new Error('The list lacks what was put.')
}

async function expectDeleted(storage: Storage & StorageUpkeep, keys: readonly string[]): Promise<void> {
  await storage.delete(keys)
  for (const key of keys) {
    try {
      await storage.size(key)
    } catch (error) {
      if (isCode(error, 'OBJECT_NOT_FOUND')) continue
      throw error
    }
    throw new Error('It is still there.')
  }
}

/** Tells what stays behind when that fails too. */
async function cleanUp(storage: StorageUpkeep, keys: readonly string[]): Promise<string> {
  try {
    await within(PATIENCE, storage.delete(keys))
    return ''
  } catch {
    return ` Remove ${keys.join(' and ')} by hand.`
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
