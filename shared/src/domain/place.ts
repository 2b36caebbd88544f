import { KeepsakeError } from './errors.ts'

/** Where an asset is listed. */
export interface Place {
  /** A path without slashes at its ends; the root is empty. */
  readonly folder: string
  readonly name: string
}

const MAX_NAME_BYTES = 255
const MAX_FOLDER_BYTES = 1024

const CONTROLS = /[\p{Cc}\p{Cs}]/u

/** Project, folder and name in one string: what only one living asset of all may hold. */
export function placeKey(projectId: string, { folder, name }: Place): string {
  return `${projectId}/${folder}/${name}`
}

/** The other way round. */
export function parsePlace(key: string): Place {
  const first = key.indexOf('/')
  const last = key.lastIndexOf('/')
  return { folder: key.slice(first + 1, Math.max(last, first + 1)), name: key.slice(last + 1) }
}

/** Where an asset is listed that was persisted under an object key: in the folder of the key. */
export function placeOfKey(key: string): Place {
  const slash = key.lastIndexOf('/')
  return { folder: key.slice(0, Math.max(slash, 0)), name: key.slice(slash + 1) }
}

/** A name as a client gave it, in NFC. Throws BODY_INVALID for one that cannot stand in a list of files. */
export function entryName(raw: string): string {
  const name = raw.normalize('NFC')
  if (name === '') throw invalid('name', 'name must not be empty')
  if (/[/\\]/.test(name)) throw invalid('name', 'name must not contain a slash or a backslash')
  if (CONTROLS.test(name)) throw invalid('name', 'name must not contain control characters')
  if (name === '.' || name === '..') throw invalid('name', 'name must not be . or ..')
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw invalid('name', `name must not exceed ${MAX_NAME_BYTES} bytes`)
  return name
}

/** A folder's path as a client gave it, in NFC and without slashes at its ends; empty for the root. Throws BODY_INVALID. */
export function folderPath(raw: string, param: 'folder' | 'path'): string {
  const path = raw.normalize('NFC').replace(/^\/+|\/+$/g, '')
  if (path === '') return ''
  if (CONTROLS.test(path)) throw invalid(param, `${param} must not contain control characters`)
  if (path.includes('\\')) throw invalid(param, `${param} must not contain a backslash`)
  const segments = path.split('/')
  if (segments.includes('')) throw invalid(param, `${param} must not contain empty segments`)
  if (segments.some((segment) => segment === '.' || segment === '..')) {
    throw invalid(param, `${param} must not contain . or ..`)
  }
  if (Buffer.byteLength(path) > MAX_FOLDER_BYTES) {
    throw invalid(param, `${param} must not exceed ${MAX_FOLDER_BYTES} bytes`)
  }
  return path
}

/** A path and those above it, outermost first; none for the root. */
export function withParents(path: string): string[] {
  if (path === '') return []
  const segments = path.split('/')
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'))
}

function invalid(param: string, message: string): KeepsakeError {
  return new KeepsakeError('BODY_INVALID', message, { details: { param } })
}
