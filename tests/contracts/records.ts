import { randomBytes } from 'node:crypto'
import type { Asset } from '@keepsake/shared/domain/asset'
import { newId, newTempId } from '@keepsake/shared/domain/identifier'
import { type Place, placeKey } from '@keepsake/shared/domain/place'

export const PROJECT = 'a'.repeat(24)
export const NOW = new Date('2024-01-15T10:30:00.123Z')

/** So many milliseconds after `NOW`. */
export function later(duration: number): Date {
  return new Date(NOW.getTime() + duration)
}

/** A record with nothing that may be absent, and what a test wants in it. */
export function record(members: Partial<Asset> = {}): Asset {
  return {
    id: newId(randomBytes),
    version: 1,
    projectId: PROJECT,
    userId: 'b'.repeat(24),
    state: 'uploading',
    keys: [],
    retired: [],
    incoming: [],
    garbage: [],
    marks: [],
    failures: 0,
    name: 'image.jpg',
    createdAt: NOW,
    updatedAt: NOW,
    flags: [],
    ...members,
  }
}

/** A record with every member set, each to a value of its own. */
export function wholeRecord(): Required<Asset> {
  return {
    ...record(),
    version: 7,
    state: 'persisted',
    tempId: newTempId(randomBytes),
    key: 'uploads/2024/01/15/new.jpg',
    keys: ['uploads/2024/01/15/old.jpg', 'uploads/2024/01/15/new.jpg', 'uploads/2024/01/15/next.jpg'],
    retired: [{ key: 'uploads/2024/01/15/old.jpg', forgetAt: later(12) }],
    place: `${PROJECT}/uploads/2024/01/15/new.jpg`,
    number: 12,
    incoming: [{ key: 'uploads/2024/01/15/next.jpg', deadline: later(1) }],
    garbage: [
      { key: 'uploads/2024/01/15/old.jpg', after: later(2) },
      { key: 'temp/temp_1', after: later(3) },
    ],
    marks: ['c'.repeat(24), 'd'.repeat(24)],
    deadline: later(4),
    claimedAt: later(5),
    leaseUntil: later(6),
    forgetAt: later(7),
    dueAt: later(8),
    failures: 3,
    retryAt: later(9),
    name: 'Grüße "%" \' \\ \u{1f642} \u2028.jpg',
    createdAt: later(-1),
    updatedAt: later(10),
    content: {
      size: 5 * 2 ** 32 + 1,
      sha256: '0'.repeat(63).concat('f'),
      type: 'image/jpeg',
      utf8: true,
      storedAt: later(11),
    },
    width: 640,
    height: 480,
    flags: ['image', 'video', 'script', 'style', 'text', 'async', 'defer'],
    url: 'https://example.com/a?b=c#d',
  }
}

/** A persisted record that is listed under `place`, and what a test wants in it. */
export function listedRecord(number: number, place: Place, members: Partial<Asset> = {}): Asset {
  const projectId = members.projectId ?? PROJECT
  return record({ state: 'persisted', number, name: place.name, place: placeKey(projectId, place), ...members })
}

/** The next version, changed; `undefined` takes a member away. */
export function changed(asset: Asset, change: { [Member in keyof Asset]?: Asset[Member] | undefined }): Asset {
  const members = Object.entries({ ...asset, ...change, version: asset.version + 1 })
  return { ...record(), ...Object.fromEntries(members.filter(([, value]) => value !== undefined)) }
}

/** The ids of records, in their order. */
export function idsOf(records: readonly { readonly id: string }[]): string[] {
  return records.map(({ id }) => id)
}
