import { parseArgs } from 'node:util'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import { type Finding, failure, withoutPasswords } from '@keepsake/shared/operations/inspect/finding'
import type { Command, Given } from './command.ts'
import { helpText, overviewText } from './help.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** Finds the command that the arguments name and runs it. Answers with the exit code: 0 good, 1 problems or failed, 2 wrong usage. */
export async function runCommand(
  commands: readonly Command[],
  args: readonly string[],
  terminal: Terminal,
): Promise<0 | 1 | 2> {
  if (args.length === 1 && args[0] === '--help') {
    terminal.print(overviewText(commands))
    return 0
  }
  try {
    if (args.length === 0) throw new UsageError(overviewText(commands))
    const command = commands.find(({ name }) => name.split(' ').every((word, at) => word === args[at]))
    if (!command) throw new UsageError(`There is no such command.\n\n${overviewText(commands)}`)
    const given = parse(command, args.slice(command.name.split(' ').length))
    if (given.has('help')) {
      terminal.print(helpText(command))
      return 0
    }
    return await command.run(given, terminal)
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.complain(error.message)
      return 2
    }
    for (const finding of failuresOf(error)) terminal.finding(finding)
    return 1
  }
}

function parse({ name, options }: Command, args: string[]): Given {
  const known = Object.entries(options).map(([option, { type }]) => [option, { type }] as const)
  try {
    const { values } = parseArgs({ args, options: Object.fromEntries([...known, ['help', { type: 'boolean' }]]) })
    return {
      text: (option) => (typeof values[option] === 'string' ? values[option] : undefined),
      has: (option) => values[option] === true,
    }
  } catch (error) {
    if (!isParseError(error)) throw error
    // What follows the first sentence is advice on how to pass a positional argument.
    const [sentence = ''] = error.message.split('. ')
    throw new UsageError(`${sentence.replace(/\.$/, '')}. See \`npm run keepsake -- ${name} --help\`.`)
  }
}

function isParseError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')
}

/** One for each line of an expected failure; anything else is a bug, and shows where it is. */
function failuresOf(error: unknown): Finding[] {
  if (!(error instanceof KeepsakeError)) {
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return [{ level: 'problem', subject: 'Failed', sentence: withoutPasswords(trace) }]
  }
  const subject = error.code === 'CONFIG_INVALID' ? 'Configuration' : 'Failed'
  return error.message.split('\n').map((sentence) => ({ ...failure(subject, error), sentence }))
}
