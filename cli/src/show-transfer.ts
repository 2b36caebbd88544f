import type { Finding } from '@keepsake/shared/operations/inspect/finding'
import type { TransferContext } from '@keepsake/shared/operations/transfer/transfer-context'
import type { TransferSummary } from '@keepsake/shared/operations/transfer/transfer-stores'
import type { Terminal } from './terminal.ts'

/** How often progress is shown, milliseconds: to a person, and in a log. */
const TO_A_PERSON = 200
const IN_A_LOG = 10_000

/** Shows how far a transfer has come, not more often than is useful. */
export function showProgress(terminal: Terminal): (summary: TransferSummary) => void {
  let next = performance.now() + (terminal.isInteractive ? 0 : IN_A_LOG)
  return (summary) => {
    if (performance.now() < next) return
    next = performance.now() + (terminal.isInteractive ? TO_A_PERSON : IN_A_LOG)
    const records = Object.values(recordCounts(summary)).reduce((sum, count) => sum + count, 0)
    const line = `${records} records, ${summary.objectsCopied} objects copied (${bytesText(summary.bytesCopied)}) …`
    if (terminal.isInteractive) terminal.show(line)
    else terminal.print(line)
  }
}

/** What a transfer has done, and whether the target may be used. */
export function summaryFindings(summary: TransferSummary, shared: TransferContext['shared']): Finding[] {
  const { copied, present, removed, missing, failed, objectsCopied, objectsPresent, bytesCopied } = summary
  const removal = removed > 0 ? `, ${removed} removed that the source no longer has` : ''
  const trouble = missing + failed
  return [
    {
      level: 'good',
      subject: 'Records',
      sentence:
        shared === 'database'
          ? `${copied + present} stay where they are.`
          : `${copied} copied, ${present} already there${removal}.`,
    },
    {
      level: 'good',
      subject: 'Objects',
      sentence: `${objectsCopied} copied and verified (${bytesText(bytesCopied)}), ${objectsPresent} already there.`,
    },
    trouble === 0
      ? { level: 'good', subject: 'Target', sentence: 'It is complete; server and worker may start on it.' }
      : {
          level: 'problem',
          subject: 'Target',
          sentence: `${missing} records lack their bytes, ${failed} failed. It is not ready: mend them and run this again.`,
        },
  ]
}

function recordCounts({ copied, present, removed, missing, failed }: TransferSummary) {
  return { copied, present, removed, missing, failed }
}

function bytesText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1)
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power]}`
}
