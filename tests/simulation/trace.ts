import { isCode } from '@keepsake/shared/domain/errors'
import type { Actor } from './actors.ts'
import type { Call } from './step.ts'

/** A call in one line. */
export function lineOf(actor: Actor, call: Call<unknown>): string {
  return [`${actor.name}: ${call.name}`, call.about?.()].filter(Boolean).join(' ')
}

/** What a call answered, where that is worth a word. */
export function answerText(answer: () => unknown): string {
  try {
    const value = answer()
    return value === false ? ' → false' : ''
  } catch (error) {
    return ` → ${isCode(error, 'OBJECT_NOT_FOUND', 'KEY_TAKEN', 'NAME_TAKEN') ? error.code : String(error)}`
  }
}
