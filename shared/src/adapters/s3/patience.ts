/** Ends a wait for S3 that lasts too long. Waits for anything else do not count. */
export class Patience {
  readonly #end: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(end: () => void) {
    this.#end = end
  }

  /** From now on S3 is waited for, at most so many milliseconds. */
  wait(milliseconds: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#end, milliseconds)
  }

  /** S3 is not waited for any more. */
  rest(): void {
    clearTimeout(this.#timer)
  }
}
