import { simulate } from './run.ts'

/** Where to begin, and for how long: a seed that fails is named, and replays anywhere. */
const FIRST = Number(process.env.SIMULATION_SEED ?? 1)
const SECONDS = Number(process.env.SIMULATION_SECONDS ?? 10)

test(
  'every promise holds, whatever fails, dies, waits or is lost',
  async () => {
    const until = Date.now() + SECONDS * 1000
    let seed = FIRST
    for (; Date.now() < until; seed += 1) {
      await simulate(seed).catch((error: unknown) => {
        throw new Error(`Seed ${seed} breaks a promise; see it happen with: npm run simulate -- --seed ${seed}`, {
          cause: error,
        })
      })
    }

    // A simulation that hardly runs proves nothing.
    expect(seed - FIRST).toBeGreaterThan(SECONDS * 5)
  },
  (SECONDS + 30) * 1000,
)

test('the same seed does the same', async () => {
  for (const seed of [3, 5, 8]) {
    const [first, second]: [string[], string[]] = [[], []]

    await simulate(seed, (line) => first.push(line()))
    await simulate(seed, (line) => second.push(line()))

    expect(second).toEqual(first)
    expect(first.length).toBeGreaterThan(10)
  }
})
