/** Calls `work` for each item, `width` at a time. The first that fails ends it, once those under way have ended. */
export async function forEachAtOnce<T>(
  items: AsyncIterator<T, void, void>,
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let hasFailed = false

  async function run(): Promise<void> {
    while (!hasFailed) {
      try {
        const item = await items.next()
        if (item.done) return
        await work(item.value)
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  }

  const outcomes = await Promise.allSettled(Array.from({ length: width }, run))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}
