import type { Ledger } from './ledger.ts'
import { hashOf, type Site, type StoredBatch, type StoredRecord } from './outside.ts'

const PATIENCE = 20_000
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/**
 * How time goes on after the load. First what was begun is finished, on its own day: a key names the day of its claim, and so nobody claims
 * one that a record of another week is about to be forgotten with. Then weeks pass: abandoned batches wait a day, dead records are
 * remembered for a week, and so are batches that are over.
 */
export const PAUSES = [2 * MINUTE, 8 * DAY, 8 * DAY] as const

/** Records that the workers should have looked at by now. What a decided batch holds is the batch's: its turn comes a minute later. */
export async function overdueRecords(site: Site): Promise<StoredRecord[]> {
  const { records, batches } = await site.read()
  const held = batches.flatMap(({ state, members }) => (state === 'committed' ? members : []))
  const latest = Date.now() - 2_000
  return records.filter(({ id, dueAt }) => dueAt !== null && dueAt < latest && !held.includes(id))
}

/** What was begun and is still to be finished. */
export async function unfinished(site: Site): Promise<string[]> {
  const { records, batches } = await site.read()
  const begun = [...records, ...batches].filter(({ state }) => state === 'persisting' || state === 'committed')
  return begun.map(({ id, state }) => `${id} is ${state}.`)
}

/** Everything that nobody needs to remember any more when weeks have passed. */
export async function forgettableRecords(site: Site): Promise<(StoredRecord | StoredBatch)[]> {
  const { records, batches } = await site.read()
  return [...records.filter(({ state }) => state !== 'persisted'), ...batches]
}

/** Files that were kept and do not come, or not with their bytes. */
export async function notDelivered(url: string, ledger: Ledger): Promise<string[]> {
  const wrong: string[] = []
  for (const { key, sha256, url: address } of ledger.kept()) {
    const { status, hash } = await deliver(url, address)
    if (status !== 200 || hash !== sha256) wrong.push(`${key}: ${status}, ${hash}`)
  }
  return wrong
}

/** Files that were persisted, then ended, and still come. */
export async function stillDelivered(url: string, ledger: Ledger): Promise<string[]> {
  const wrong: string[] = []
  for (const { persisted } of ledger.ended()) {
    const answer = persisted && (await deliver(url, persisted.url))
    if (answer && answer.status !== 404) wrong.push(`${persisted.key}: ${answer.status}, ${answer.hash}`)
  }
  return wrong
}

async function deliver(url: string, address: string) {
  const response = await fetch(url + new URL(address).pathname, { signal: AbortSignal.timeout(PATIENCE) })
  return { status: response.status, hash: hashOf(new Uint8Array(await response.arrayBuffer())) }
}
