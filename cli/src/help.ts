import type { Command, Option } from './command.ts'

const CALL = 'npm run keepsake --'

/** What there is. */
export function overviewText(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return [
    `Usage: ${CALL} <command> [options]`,
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    `${CALL} <command> --help tells more.`,
  ].join('\n')
}

/** One command and its options. */
export function helpText({ name, summary, options }: Command): string {
  const rows = Object.entries({ ...options, help: { type: 'boolean', help: 'Shows this.' } as const }).map(
    describeOption,
  )
  const width = Math.max(...rows.map(([call]) => call.length))
  return [
    `Usage: ${CALL} ${name} [options]`,
    '',
    summary,
    '',
    ...rows.map(([call, help]) => `  ${call.padEnd(width)}  ${help}`),
  ].join('\n')
}

function describeOption([name, { type, help }]: [string, Option]): readonly [call: string, help: string] {
  return [`--${name}${type === 'string' ? ' …' : ''}`, help]
}
