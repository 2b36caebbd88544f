// Breaks one rule of the design after the other and shows whether the simulation notices. Never edits a file.
//   npm run simulate:mutations -- [--seeds N] [word of a rule]
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { MUTATIONS } from '../tests/simulation/mutations.mjs'

const { values, positionals } = parseArgs({
  options: { seeds: { type: 'string', default: '100000' } },
  allowPositionals: true,
})
const script = fileURLToPath(new URL('simulate.mjs', import.meta.url))
const [word = ''] = positionals
const chosen = MUTATIONS.flatMap(({ rule }, index) => (rule.includes(word) ? [index] : []))

let survivors = 0
for (const index of chosen) {
  const began = Date.now()
  const found = await outcomeOf(index)
  if (!found) survivors += 1
  const seconds = ((Date.now() - began) / 1000).toFixed(1)
  console.log(`${MUTATIONS[index].rule}\n    ${found ?? 'SURVIVES'} (${seconds} s)`)
}
console.log(`${chosen.length - survivors} of ${chosen.length} broken rules were noticed.`)
process.exit(survivors > 0 ? 1 : 0)

/** The seed and the promise that was broken; undefined when nothing was noticed. */
function outcomeOf(index) {
  const args = [script, '--seed', '1', '--seeds', values.seeds, '--seconds', '900', '--mutation', String(index)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (data) => {
    stderr += data
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      const seed = /^Seed .*$/m.exec(stderr)?.[0]
      if (code !== 0 && !seed) reject(new Error(stderr))
      else resolve(code === 0 ? undefined : seed)
    })
  })
}
