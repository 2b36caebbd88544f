import { KeepsakeError, unavailable } from '@keepsake/shared/domain/errors'
import type { UpkeepContext } from '@keepsake/shared/ports/context'

/** How a step goes wrong: the call fails, or the whole process dies; before the step took effect, or after. */
export const INTERRUPTIONS = ['fails before', 'fails after', 'dies before', 'dies after'] as const
export type Interruption = (typeof INTERRUPTIONS)[number]

/** A context whose `step`-th call of a port is interrupted. A process that died answers nothing any more. */
export function interruptedContext(context: UpkeepContext, step: number, how: Interruption) {
  let calls = 0
  let died: () => void = () => {}
  const death = new Promise<'died'>((resolve) => {
    died = () => resolve('died')
  })
  const forEver = new Promise<never>(() => {})

  function wrap<Port extends object>(port: Port, lostAnswer: () => KeepsakeError): Port {
    return new Proxy(port, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return async (...args: unknown[]) => {
          calls += 1
          const mine = calls
          const dies = how.startsWith('dies')
          if (dies && mine > step) return forEver
          if (mine === step && how.endsWith('before')) return end(dies, interruption)
          if (mine !== step) return method.apply(target, args)
          // A refusal is an effect too: what comes after it is lost all the same.
          await Promise.allSettled([method.apply(target, args)])
          return end(dies, lostAnswer)
        }
      },
    })
  }

  function end(dies: boolean, failure: () => KeepsakeError): Promise<never> {
    if (!dies) throw failure()
    died()
    return forEver
  }

  return {
    context: {
      ...context,
      storage: wrap(context.storage, interruption),
      assets: wrap(context.assets, unknown),
      batches: wrap(context.batches, unknown),
    },
    /** Resolves when the process dies. */
    death,
    /** Whether the step was reached. */
    wasReached: () => calls >= step,
  }
}

const interruption = () => unavailable('Interrupted on purpose.')

/** What a repository says when it cannot tell whether a write happened. */
const unknown = () => new KeepsakeError('OUTCOME_UNKNOWN', 'The answer was lost on purpose.')
