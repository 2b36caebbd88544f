import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const HOOKS = new URL('../simulation/load-sources.mjs', import.meta.url)
const REGISTER = `data:text/javascript,import { register } from 'node:module'; register('${HOOKS}')`

/** How a script ended. */
export interface Ending {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** A TypeScript file of the tests as a process of its own. */
export interface Script {
  readonly process: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ending>
}

/** Starts a script from its sources. `limits` are commands of the shell that run before it, like `ulimit`. */
export function startScript(file: URL, args: readonly string[], limits = ''): Script {
  const node = [process.execPath, '--no-warnings', '--import', REGISTER, fileURLToPath(file), ...args]
  const started = spawn('/bin/sh', ['-c', `${limits}\nexec "$@"`, 'sh', ...node], { env: {} })
  return { process: started, ended: endingOf(started) }
}

async function endingOf(started: ChildProcessWithoutNullStreams): Promise<Ending> {
  let [output, errors] = ['', '']
  started.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  started.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const [code] = await once(started, 'close')
  return { code, output, errors }
}
