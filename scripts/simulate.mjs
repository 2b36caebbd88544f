// Runs the simulation for seeds in a row, and shows what happened, step by step, at the first that fails.
//   npm run simulate -- [--seed N] [--seeds M] [--seconds S] [--trace]
import { register } from 'node:module'
import { parseArgs } from 'node:util'
import { MUTATIONS } from '../tests/simulation/mutations.mjs'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    seeds: { type: 'string' },
    seconds: { type: 'string' },
    mutation: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
})
const first = Number(values.seed)
const seeds = Number(values.seeds ?? (values.seconds || process.argv.length === 2 ? Number.POSITIVE_INFINITY : 1))
const until = Date.now() + Number(values.seconds ?? 60) * 1000

const data = { mutation: values.mutation === undefined ? undefined : MUTATIONS[Number(values.mutation)] }
register('../tests/simulation/load-sources.mjs', import.meta.url, { data })
const { simulate } = await import('../tests/simulation/run.ts')

let seed = first
process.on('unhandledRejection', (error) => {
  console.error(`\nSeed ${seed} of ${first}…: nobody handles a rejection:`, error)
  process.exit(1)
})
for (; seed < first + seeds && Date.now() < until; seed += 1) {
  try {
    await simulate(seed, values.trace ? (line) => console.log(line()) : undefined)
  } catch (error) {
    if (!values.trace) await simulate(seed, (line) => console.log(line())).catch(() => undefined)
    console.error(`\nSeed ${seed} of ${first}…:`, error)
    process.exit(1)
  }
}
console.log(`${seed - first} seeds from ${first} on: every promise held.`)
// Timers of actors that were killed would keep the process.
process.exit(0)
