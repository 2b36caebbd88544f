import { type Asset, isDead, keysOf, ownKeys, prunable, usedKeys } from '@keepsake/shared/domain/asset'
import { FLAGS } from '@keepsake/shared/domain/kind'
import fc from 'fast-check'
import { life, live } from './asset-lives.ts'

const RUNS = 300

const BY_USERS = ['delete', 'flip', 'become a hotlink', 'rename', 'move', 'describe']

function always(check: (before: Asset, after: Asset, move: string) => void): void {
  fc.assert(
    fc.property(life, (whole) => live(whole, check)),
    { numRuns: RUNS },
  )
}

describe('in every life of an asset', () => {
  test('each transition raises the version by one, or changes nothing at all', () => {
    always((before, after) => {
      if (after !== before) expect(after.version).toBe(before.version + 1)
    })
  })

  test('no key is both in use and garbage', () => {
    always((_before, after) => {
      const garbage = after.garbage.map(({ key }) => key)
      expect(usedKeys(after).filter((key) => garbage.includes(key))).toEqual([])
      expect(new Set(garbage).size).toBe(garbage.length)
    })
  })

  test('a key that was ever garbage is never used again', () => {
    fc.assert(
      fc.property(life, (whole) => {
        const everGarbage = new Set<string>()
        live(whole, (_before, after) => {
          for (const { key } of after.garbage) everGarbage.add(key)
          expect(usedKeys(after).filter((key) => everGarbage.has(key))).toEqual([])
        })
      }),
      { numRuns: RUNS },
    )
  })

  test('every key that is used or owed is one the record leads to', () => {
    always((_before, after) => {
      const known = keysOf(after)
      const led = [...usedKeys(after), ...after.garbage.map(({ key }) => key)]
      expect(led.filter((key) => !known.includes(key))).toEqual([])
    })
  })

  test('keys that stop being used are owed', () => {
    always((before, after) => {
      const kept = [...usedKeys(after), ...after.garbage.map(({ key }) => key)]
      expect(usedKeys(before).filter((key) => !kept.includes(key))).toEqual([])
    })
  })

  test('keys only become more, but when they are pruned', () => {
    always((before, after, move) => {
      const lost = before.keys.filter((key) => !after.keys.includes(key))
      if (move === 'prune') expect(lost).not.toContain(before.key)
      else expect(lost).toEqual([])
    })
  })

  test('the dead never live again', () => {
    always((before, after) => {
      if (isDead(before)) expect(after.state).toBe(before.state)
    })
  })

  test('the worker looks again at the earliest reason, and never without one', () => {
    always((_before, after) => {
      const isSettled = after.garbage.length === 0 && after.incoming.length === 0
      const reasons = [
        ...after.garbage.map((garbage) => garbage.after),
        ...after.incoming.map(({ deadline }) => deadline),
        after.state === 'uploading' || after.state === 'temporary' ? after.deadline : undefined,
        after.state === 'persisting' ? after.leaseUntil : undefined,
        isSettled && isDead(after) ? after.forgetAt : undefined,
        ...prunable(after).map(({ forgetAt }) => forgetAt),
      ].flatMap((date) => (date ? [date.getTime()] : []))
      const earliest = Math.max(Math.min(...reasons), after.retryAt?.getTime() ?? 0)

      expect(after.dueAt?.getTime()).toBe(reasons.length > 0 ? earliest : undefined)
    })
  })

  test('a record whose bytes or end are still to come is always looked at again', () => {
    always((_before, after) => {
      if (after.state !== 'persisted') expect(after.dueAt).toBeInstanceOf(Date)
    })
  })

  test('the date of the last change never goes back, and only what a user does moves it', () => {
    always((before, after, move) => {
      const moved = after.updatedAt.getTime() - before.updatedAt.getTime()
      expect(moved).toBeGreaterThanOrEqual(0)
      if (BY_USERS.includes(move)) expect(moved).toBeGreaterThan(0)
      else if (move !== 'claim') expect(moved).toBe(0)
    })
  })

  test('a key that is no longer used is retired, a claimed one of a living record', () => {
    always((_before, after) => {
      const used = usedKeys(after)
      const spare = isDead(after) ? [] : after.keys.filter((key) => !used.includes(key))
      const retired = after.retired.map(({ key }) => key)
      expect(spare.filter((key) => !retired.includes(key))).toEqual([])
      expect(retired.filter((key) => used.includes(key) || !after.keys.includes(key))).toEqual([])
      expect(new Set(retired).size).toBe(retired.length)
    })
  })

  test('a persisted record has a key with content or points elsewhere, never both', () => {
    always((_before, after) => {
      if (after.state !== 'persisted') return
      expect([after.key !== undefined, after.content !== undefined]).toEqual(Array(2).fill(after.url === undefined))
    })
  })

  test('each flag is there once, in a fixed order', () => {
    always((_before, after) => {
      expect(after.flags).toEqual(FLAGS.filter((flag) => after.flags.includes(flag)))
    })
  })

  test('a place is held from the claim to the death', () => {
    always((_before, after) => {
      expect(after.place !== undefined).toBe(after.state === 'persisting' || after.state === 'persisted')
    })
  })

  test('what a transition begins with stays as it was', () => {
    fc.assert(
      fc.property(life, (whole) => {
        let written: Asset | undefined
        live(whole, (before, after) => {
          if (written) expect(before).toEqual(written)
          written = structuredClone(after)
        })
      }),
    )
  })

  test('what the record reads its bytes from is in use as long as it lives', () => {
    always((_before, after) => {
      if (!isDead(after)) expect(usedKeys(after)).toEqual(expect.arrayContaining(ownKeys(after)))
    })
  })
})

test('the lives that are tried lead through every move', () => {
  const seen = new Set<string>()

  fc.assert(
    fc.property(life, (whole) => live(whole, (_before, _after, move) => void seen.add(move))),
    { numRuns: 1000, seed: 1 },
  )

  expect([...seen].sort()).toEqual(
    [
      ...['abandon', 'announce', 'become a hotlink', 'claim', 'commit', 'complete', 'delete', 'describe', 'drop'],
      ...['expire', 'finish', 'flip', 'give up', 'mark', 'move', 'owe', 'owe its own', 'owe what was written'],
      ...['prune', 'purge', 'put off', 'refuse', 'rename'],
    ].sort(),
  )
})
