import { setTimeout } from 'node:timers/promises'
import type { TestProcess } from './processes.ts'

/** A process that is started anew after each crash. */
export class Restartable {
  readonly #run: () => TestProcess
  readonly #pattern: RegExp
  readonly #lives: TestProcess[] = []
  #killed: TestProcess | undefined

  /** `run` starts it; `pattern` is what it writes when it is ready. */
  constructor(run: () => TestProcess, pattern: RegExp) {
    this.#run = run
    this.#pattern = pattern
  }

  /** Starts it; whether it succeeds is told by `ready`. */
  start(): void {
    this.#lives.push(this.#run())
  }

  /** What it wrote when it had started. Waits through crashes; fails when it ends by itself. */
  async ready(): Promise<RegExpExecArray> {
    for (;;) {
      const process = this.#current()
      try {
        if (process !== this.#killed) return await process.until(this.#pattern)
      } catch (error) {
        if (process !== this.#killed) throw error
      }
      await setTimeout(20)
    }
  }

  /** Ends it by `kill -9`, wherever it is. */
  async crash(): Promise<void> {
    this.#killed = this.#current()
    this.#killed.send('SIGKILL')
    await this.#killed.end()
  }

  /** Ends it politely: answers with its exit code. */
  async stop(): Promise<number | NodeJS.Signals | null> {
    await this.ready()
    this.#current().send('SIGTERM')
    return this.#current().end()
  }

  get pid(): number {
    return this.#current().pid
  }

  /** Everything that it wrote in all of its lives. */
  output(): string {
    return this.#lives.map((process) => process.output()).join('')
  }

  #current(): TestProcess {
    const process = this.#lives.at(-1)
    if (!process) throw new Error('It was never started.')
    return process
  }
}
