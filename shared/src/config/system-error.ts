/** The operating system's name for what went wrong, like ENOENT; undefined for errors of another kind. */
export function systemCode(error: unknown): string | undefined {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error && 'syscall' in error
  return hasCode && typeof error.code === 'string' ? error.code : undefined
}
