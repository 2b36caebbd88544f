import { relative } from 'node:path'
import type { AccessKeys } from './generated-secrets.ts'

/** Shows keys that were just made: the only place where they stand in full besides their file. */
export function newKeysText(keys: AccessKeys): string {
  return textBlock([
    `New access keys${keys.file ? `, kept in ${shortPath(keys.file)}` : ''}:`,
    '',
    ...(keys.secretKey ? [`  secret key (your backend)    ${keys.secretKey}`] : []),
    ...(keys.publicKey ? [`  public key (your web pages)  ${keys.publicKey}`] : []),
  ])
}

/** Lines with some air around them. */
export function textBlock(lines: readonly string[]): string {
  return `\n${lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')}\n\n`
}

/** A file as a shell in the working directory may write it. */
export function shortPath(file: string): string {
  const path = relative('', file)
  return path.startsWith('..') ? file : `./${path}`
}
