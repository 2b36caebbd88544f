import type { Terminal } from './terminal.ts'

/** An option of a command. */
export interface Option {
  readonly type: 'string' | 'boolean'
  /** What the value is called, and what it means: a line of the help. */
  readonly help: string
}

/** What was given on the command line. */
export interface Given {
  /** The value of an option; undefined when it was not given. */
  text(name: string): string | undefined
  has(name: string): boolean
}

/** How a command ended: an exit code. */
export type Outcome = 0 | 1

/** Something that the command line does. */
export interface Command {
  /** The words that call it. */
  readonly name: string
  /** What it does, in one line. */
  readonly summary: string
  readonly options: Readonly<Record<string, Option>>
  run(given: Given, terminal: Terminal): Promise<Outcome>
}
