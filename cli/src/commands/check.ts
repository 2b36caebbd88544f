import { readConfig } from '@keepsake/shared/config/config'
import { checkWorker } from '../check-worker.ts'
import type { Command } from '../command.ts'
import { inspectAll } from '../inspect-all.ts'

/** `keepsake check`: is everything as it must be, or, with `--worker`, is upkeep being done? */
export const check: Command = {
  name: 'check',
  summary: 'Looks at the configuration, the database, the storage and the worker; changes nothing.',
  options: {
    worker: { type: 'boolean', help: 'Only whether the database answers and a worker works: a quick probe.' },
  },

  async run(given, terminal) {
    const config = readConfig()
    if (given.has('worker')) {
      const finding = await checkWorker(config)
      terminal.finding(finding)
      return finding.level === 'problem' ? 1 : 0
    }
    let hasProblem = false
    for await (const finding of inspectAll(config)) {
      terminal.finding(finding)
      hasProblem ||= finding.level === 'problem'
    }
    return hasProblem ? 1 : 0
  },
}
