import type { Outside, Site, StoredRecord } from './outside.ts'

/** What clients were told, and what they asked for without being told. */
export interface Acknowledged {
  /** A persist was answered with success, and nobody asked for a deletion. */
  readonly kept: readonly { readonly tempId: string; readonly key: string; readonly sha256: string }[]
  /** Temporary ids whose end was answered: deleted, dropped before any persist, or refused as unknown. */
  readonly over: readonly string[]
  /** Temporary ids that somebody asked to persist, answered or not. */
  readonly asked: readonly string[]
  /** Temporary ids that were asked for together, and never apart. */
  readonly batches: readonly (readonly string[])[]
}

/** The object that carries the installation's id. */
const MARK = '.keepsake'

/**
 * One sentence for each promise that what lies in a store breaks. Judges an end: whatever still waits for a deadline or
 * for the worker counts as broken.
 */
export async function brokenPromises(site: Site, acknowledged: Acknowledged): Promise<string[]> {
  const outside = await site.read()
  return [
    ...judgeAcknowledged(outside, acknowledged),
    ...judgeRecords(outside),
    ...judgeFiles(outside),
    ...judgeBatches(outside, acknowledged),
  ]
}

function judgeAcknowledged({ records, objects }: Outside, { kept, over, asked }: Acknowledged): string[] {
  const byTempId = new Map(records.map((record) => [record.tempId, record]))
  const bytes = new Map(objects.map(({ key, sha256 }) => [key, sha256]))
  const wanted = new Set(asked)
  return [
    ...kept.flatMap(({ tempId, key, sha256 }) => {
      const record = byTempId.get(tempId)
      if (record?.state !== 'persisted') return [`${tempId} was persisted, but its record is ${stateOf(record)}.`]
      if (record.key !== key) return [`${tempId} was persisted as ${key}, but its record says ${record.key}.`]
      if (!bytes.has(key)) return [`${tempId} was persisted, but the object ${key} is missing.`]
      return bytes.get(key) === sha256 ? [] : [`${tempId} was persisted, but the object ${key} has other bytes.`]
    }),
    ...over.flatMap((tempId) => {
      const record = byTempId.get(tempId)
      return record && isReadable(record) ? [`${tempId} was ended, but its record is ${record.state}.`] : []
    }),
    ...records
      .filter(({ state, tempId }) => state === 'persisted' && !wanted.has(tempId ?? ''))
      .map(({ tempId }) => `${tempId} is persisted, but nobody asked for it.`),
  ]
}

function judgeRecords({ records, objects }: Outside): string[] {
  const bytes = new Map(objects.map(({ key, sha256 }) => [key, sha256]))
  return records.flatMap((record) => {
    const { id, state, key, hasGarbage, dueAt } = record
    const isRest = state === 'persisted' || state === 'expired' || state === 'deleted'
    const isDue = dueAt !== null && dueAt < Date.now()
    return [
      ...(isRest && !hasGarbage && !isDue ? [] : [`The record ${id} is stuck: ${JSON.stringify(record)}.`]),
      ...(state === 'persisted' && bytes.get(key ?? '') !== record.sha256
        ? [`The record ${id} can be read, but the bytes of ${key} are missing or others.`]
        : []),
    ]
  })
}

function judgeFiles({ records, objects, staging, strays }: Outside): string[] {
  const persisted = records.filter(({ state }) => state === 'persisted')
  const led = new Set([MARK, ...persisted.map(({ key }) => key)])
  return [
    ...objects.filter(({ key }) => !led.has(key)).map(({ key }) => `No readable record leads to the object ${key}.`),
    ...staging.map((name) => `${name} is left in staging.`),
    ...strays.map((name) => `The file ${name} is no object.`),
  ]
}

function judgeBatches({ records, batches }: Outside, acknowledged: Acknowledged): string[] {
  const persisted = new Set(records.filter(({ state }) => state === 'persisted').map(({ tempId }) => tempId))
  return [
    ...batches
      .filter(({ state }) => state === 'open' || state === 'committed')
      .map(({ id, state }) => `The batch ${id} is still ${state}.`),
    ...acknowledged.batches.flatMap((tempIds) => {
      const count = tempIds.filter((tempId) => persisted.has(tempId)).length
      const isWhole = count === 0 || count === tempIds.length
      return isWhole ? [] : [`Of a batch of ${tempIds.length}, ${count} are persisted.`]
    }),
  ]
}

function isReadable({ state }: StoredRecord): boolean {
  return state !== 'expired' && state !== 'deleted'
}

function stateOf(record: StoredRecord | undefined): string {
  return record?.state ?? 'gone'
}
