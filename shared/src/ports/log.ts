/** One line per event, as data. Never a credential, never a body. */
export interface Log {
  info(event: string, data?: Readonly<Record<string, unknown>>): void
  warn(event: string, data?: Readonly<Record<string, unknown>>): void
  /** `data.error` is logged with its stack and causes. */
  error(event: string, data?: Readonly<Record<string, unknown>>): void
}
