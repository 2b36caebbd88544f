import { closeSync, openSync, readSync } from 'node:fs'
import { isCode, KeepsakeError } from '../domain/errors.ts'
import { systemCode } from './system-error.ts'

/** Of a secret in a file, in bytes. */
const LONGEST_SECRET = 65_536

/** Turns the text of a variable into its value; refuses a wrong one with `refuse`. */
export type Parse<T> = (text: string) => T

/** Variables, read one by one. What is wrong is collected, so that one start reports everything. */
export interface Env {
  /** The value; undefined when the variable is unset, empty or wrong. */
  read<T>(name: string, parse: Parse<T>): T | undefined
  /** As `read`, also from the file that `<name>_FILE` names. The value is never repeated in a problem. */
  readSecret<T>(name: string, parse: Parse<T>): T | undefined
  /** Whether the variable has a text, right or wrong. */
  isSet(name: string): boolean
  /** Adds a problem that concerns more than one variable: a sentence that begins with a variable's name. */
  report(problem: string): void
  readonly problems: readonly string[]
}

/** Ends a `Parse`: `rule` continues a sentence that begins with the variable's name. */
export function refuse(rule: string): never {
  throw new KeepsakeError('CONFIG_INVALID', rule)
}

/** Opens the environment for reading. An empty variable counts as unset. */
export function openEnv(variables: NodeJS.ProcessEnv): Env {
  const problems: string[] = []
  const textOf = (name: string) => variables[name]?.trim() || undefined

  function parsed<T>(name: string, text: string, parse: Parse<T>, shown: string): T | undefined {
    try {
      return parse(text)
    } catch (error) {
      if (!isCode(error, 'CONFIG_INVALID')) throw error
      problems.push(`${name} ${error.message}${shown}.`)
      return undefined
    }
  }

  return {
    problems,
    isSet: (name) => textOf(name) !== undefined,
    report: (problem) => problems.push(problem),

    read(name, parse) {
      const text = textOf(name)
      return text === undefined ? undefined : parsed(name, text, parse, quote(text))
    },

    readSecret(name, parse) {
      const text = textOf(name)
      const path = textOf(`${name}_FILE`)
      if (text !== undefined && path !== undefined) {
        problems.push(`${name} and ${name}_FILE are both set; keep one of them.`)
        return undefined
      }
      if (text !== undefined) return parsed(name, text, parse, '')
      if (path === undefined) return undefined
      const content = parsed(`${name}_FILE`, path, readSecretFile, '')
      return content === undefined ? undefined : parsed(`${name}_FILE`, content, parse, '')
    },
  }
}

/** What was found instead, unless it may carry a password or, like a query, a signature. */
function quote(text: string): string {
  if (/[@?#]/.test(text)) return ''
  return `, not ${JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)}`
}

function readSecretFile(path: string): string {
  const bytes = contentOf(path)
  if (bytes.length > LONGEST_SECRET) return refuse('names a file with more than 64 KiB')
  const content = bytes.toString().trim()
  return content === '' ? refuse('names a file that is empty') : content
}

function contentOf(path: string): Buffer {
  try {
    return beginningOf(path, LONGEST_SECRET + 1)
  } catch (error) {
    return refuse(`names a file that cannot be read (${systemCode(error) ?? 'unknown reason'})`)
  }
}

/** As far as `length` bytes: what is named may have no end. */
function beginningOf(path: string, length: number): Buffer {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(length)
    let size = 0
    let read: number
    do {
      read = readSync(file, bytes, size, length - size, null)
      size += read
    } while (read > 0 && size < length)
    return bytes.subarray(0, size)
  } finally {
    closeSync(file)
  }
}
