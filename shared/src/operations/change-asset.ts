import type { Asset } from '../domain/asset.ts'
import { isCode, KeepsakeError, unavailable } from '../domain/errors.ts'
import type { Context } from '../ports/context.ts'

/** Judges a record as it stands now: returns its next version, or the same object when there is nothing to do. */
export type Transition = (fresh: Asset, now: Date) => Asset | Promise<Asset>

/** More lost races than this, and the record is under such contention that the caller had better come again. */
const MAX_ATTEMPTS = 200

/** A database that keeps losing its answers is out of reach. */
const MAX_UNKNOWN = 5

/**
 * The only way to change a stored record: judge, compare-and-set; after a lost race or a lost answer read it again and start over.
 * `asset` must have been read after whatever the transition relies on. Answers with the record as it now stands, undefined when
 * it is gone. Throws what the transition throws, KEY_TAKEN, NAME_TAKEN, or UNAVAILABLE.
 */
export async function changeAsset(
  context: Pick<Context, 'assets' | 'now'>,
  asset: Asset,
  transition: Transition,
): Promise<Asset | undefined> {
  let fresh: Asset | undefined = asset
  let unknown = 0
  /** The version of a write whose answer was lost: until the record has reached it, that write may still land. */
  let inFlight = 0

  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const changed = await judge(fresh, transition, context.now(), inFlight)
    if (changed === fresh) return fresh
    try {
      if (await context.assets.replace(changed)) return changed
    } catch (error) {
      if (!isCode(error, 'OUTCOME_UNKNOWN')) throw error
      unknown += 1
      if (unknown > MAX_UNKNOWN) throw unavailable('The database does not answer reliably; try again.', error)
      inFlight = changed.version
    }
    fresh = await context.assets.find(asset.id)
    if (!fresh) return undefined
  }
  throw unavailable('The asset is being changed by too many requests at once; try again.')
}

/** A refusal, or finding nothing to do, counts only when no earlier write of ours can land afterwards. */
async function judge(fresh: Asset, transition: Transition, now: Date, inFlight: number): Promise<Asset> {
  const mayStillLand = fresh.version < inFlight
  try {
    const changed = await transition(fresh, now)
    if (changed === fresh && mayStillLand) throw undecided()
    return changed
  } catch (error) {
    if (mayStillLand && error instanceof KeepsakeError) throw undecided(error)
    throw error
  }
}

function undecided(cause?: unknown): KeepsakeError {
  return unavailable('The outcome of an earlier attempt is not known yet; try again.', cause)
}
