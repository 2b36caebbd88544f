import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const PATIENCE = 20_000

/** A language whose programs can be run here, or not. */
export interface Interpreter {
  readonly language: string
  /** Where it is; absent when this machine has none that can do what is needed. */
  readonly command?: string
  /** What is needed, to name it where it is missing. */
  readonly needs: string
}

/** The first program of that name on the PATH which ends the probe well: of two Pythons only one may have a package. */
export function findInterpreter(language: string, name: string, needs: string, probe: readonly string[]): Interpreter {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
  const command = places.find(
    (place) => existsSync(place) && spawnSync(place, probe, { timeout: PATIENCE, stdio: 'ignore' }).status === 0,
  )
  return { language, needs, ...(command !== undefined && { command }) }
}

/** A shell that has curl. */
export const SHELL = findInterpreter('sh', 'sh', 'curl', ['-c', 'curl --version'])
/** The Node.js that runs the tests. */
export const NODE: Interpreter = { language: 'js', needs: 'Node.js', command: process.execPath }
/** Python with its usual client of HTTP. */
export const PYTHON = findInterpreter('python', 'python3', 'python3 with requests', ['-c', 'import requests'])
/** PHP with its usual client of HTTP. */
export const PHP = findInterpreter('php', 'php', 'php with curl', ['-r', 'exit(function_exists("curl_init") ? 0 : 1);'])
/** Ruby, whose client of HTTP is its own. */
export const RUBY = findInterpreter('ruby', 'ruby', 'ruby', ['-e', 'require "net/http"'])

/**
 * A test that needs interpreters. Where one is missing the test is skipped, and its name says why; with REQUIRE_INTERPRETERS=1 it fails
 * instead.
 */
export function testWith(interpreters: readonly Interpreter[], sentence: string, proof: () => Promise<void>): void {
  const missing = interpreters.filter(({ command }) => command === undefined).map(({ needs }) => needs)
  if (missing.length === 0) test(sentence, proof)
  else if (process.env.REQUIRE_INTERPRETERS === '1') {
    test(sentence, () => {
      throw new Error(`This machine has no ${missing.join(', no ')}.`)
    })
  } else test.skip(`${sentence} (skipped: no ${missing.join(', no ')})`, proof)
}

/** A folder in which programs run. */
export interface Workplace {
  readonly folder: string
  /** Runs a program's text until it ends well, and answers with what it printed. Fails with what it complained about. */
  run(interpreter: Interpreter, text: string, variables?: Readonly<Record<string, string>>): Promise<string>
  clear(): Promise<void>
}

/** An empty folder for programs. They see nothing of this environment but the path. */
export async function openWorkplace(): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), 'keepsake-programs-'))
  return {
    folder,
    async run({ command, language, needs }, text, variables = {}) {
      if (command === undefined) throw new Error(`There is no ${needs}.`)
      // Node tells by the extension that a program is a module.
      const file = join(folder, language === 'js' ? 'program.mjs' : 'program')
      await writeFile(file, text)
      const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...variables }
      return new Promise<string>((resolve, reject) => {
        execFile(command, [file], { cwd: folder, env, timeout: PATIENCE }, (error, stdout, stderr) => {
          if (error) reject(new Error(`The ${language} program failed:\n${stdout}${stderr}`, { cause: error }))
          else resolve(stdout)
        })
      })
    },
    clear: () => rm(folder, { recursive: true, force: true }),
  }
}
