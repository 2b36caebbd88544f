import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { styleText } from 'node:util'
import type { Finding } from '@keepsake/shared/operations/inspect/finding'

/** Where a command speaks with a person, or with a file. */
export interface Terminal {
  /** Whether somebody can be asked, and sees a line that is written over. */
  readonly isInteractive: boolean
  print(line: string): void
  /** What went wrong. */
  complain(line: string): void
  finding(finding: Finding): void
  /** Shows `line` in place of the one that was shown so before; an empty one takes it away. Not to a file. */
  show(line: string): void
  /** Whether the answer begins with a y. */
  confirm(question: string): Promise<boolean>
}

const MARKS = { good: '✓', note: '·', warning: '!', problem: '✗' } as const
const COLORS = { good: 'green', note: 'gray', warning: 'yellow', problem: 'red' } as const

/** The terminal of this process. Colours only where a person looks, and not with NO_COLOR. */
export function openTerminal({ hasColors }: { hasColors: boolean }): Terminal {
  const { stdin, stdout, stderr } = process
  const isInteractive = stdin.isTTY === true && stdout.isTTY === true

  // Whoever reads may have seen enough, like `head`: the work goes on to its end.
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined)

  let shown = ''

  function show(line: string): void {
    if (stdout.isTTY && line !== shown) stdout.write(`\r\u001b[K${line}`)
    shown = line
  }

  function print(line: string): void {
    show('')
    stdout.write(`${line}\n`)
  }

  return {
    isInteractive,
    print,
    show,
    complain: (line) => void stderr.write(`${line}\n`),
    finding({ level, subject, sentence }) {
      const mark = hasColors && stdout.isTTY ? styleText(COLORS[level], MARKS[level]) : MARKS[level]
      print(`${mark} ${subject}: ${sentence}`)
    },
    async confirm(question) {
      const lines = createInterface({ input: stdin, output: stdout, prompt: `${question} (y/N) ` })
      lines.prompt()
      // An end of the input, or Ctrl-C, is no answer.
      const closed = once(lines, 'close').then(() => [''])
      const [answer] = await Promise.race([once(lines, 'line'), closed])
      lines.close()
      return /^y/i.test(String(answer))
    },
  }
}
