import { KeepsakeError } from '../../domain/errors.ts'

/** What an inspection found out about one thing. A `problem` must be mended, a `warning` should be looked at. */
export interface Finding {
  readonly level: 'good' | 'note' | 'warning' | 'problem'
  /** What it is about, one or two words. */
  readonly subject: string
  /** One sentence, safe to show. */
  readonly sentence: string
}

/** The finding that something failed. */
export function failure(subject: string, error: unknown): Finding {
  return { level: 'problem', subject, sentence: sentenceOf(error) }
}

/** What a failure says in one sentence. */
export function sentenceOf(error: unknown): string {
  if (error instanceof KeepsakeError) return error.message
  const message = error instanceof Error ? error.message : String(error)
  return withoutPasswords(message.split('\n')[0] ?? '')
}

/** A text without the names and passwords that addresses in it may carry. */
export function withoutPasswords(text: string): string {
  return text.replace(/\/\/[^/\s]*@/g, '//…@')
}
