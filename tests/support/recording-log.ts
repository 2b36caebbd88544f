import type { Log } from '@keepsake/shared/ports/log'

/** One event, as it was logged. */
export interface LoggedLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

/** A log that keeps what it is told. */
export function recordingLog(): { log: Log; lines: LoggedLine[] } {
  const lines: LoggedLine[] = []
  const at =
    (level: LoggedLine['level']) =>
    (event: string, data: Readonly<Record<string, unknown>> = {}) => {
      lines.push({ level, event, data })
    }
  return { log: { info: at('info'), warn: at('warn'), error: at('error') }, lines }
}
