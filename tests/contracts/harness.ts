/** How a contract opens one adapter of its port. */
export interface Harness<Port> {
  readonly name: string
  /** An empty one. */
  open(): Promise<Port>
  /** Another view of what the opened one holds, as a second process has. */
  reopen(): Promise<Port>
  /** Removes what `open` made. */
  close(): Promise<void>
  /** What this adapter cannot do, and why. */
  readonly skip: readonly { readonly test: string; readonly reason: string }[]
}

/** Opens an empty one before each test; the tests that are made with `promises` run unless the harness skips them. */
export function describeContract<Port>(
  harness: Harness<Port>,
  tests: (contract: { port(): Port; promises(sentence: string, proof: () => Promise<void>): void }) => void,
): void {
  describe(`the contract of ${harness.name}`, () => {
    const skipped = new Map(harness.skip.map(({ test, reason }) => [test, reason]))
    let opened: Port | undefined

    beforeEach(async () => {
      opened = await harness.open()
    })

    afterEach(() => harness.close())

    tests({
      port() {
        if (!opened) throw new Error('Nothing is open outside of a test.')
        return opened
      },
      promises(sentence, proof) {
        const reason = skipped.get(sentence)
        skipped.delete(sentence)
        if (reason === undefined) test(sentence, proof)
        else test.skip(`${sentence} (skipped: ${reason})`, proof)
      },
    })

    if (skipped.size > 0) throw new Error(`The contract has no such test: ${[...skipped.keys()].join(', ')}.`)
  })
}
