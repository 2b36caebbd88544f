import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { Fields } from './parse-columns.ts'

const MAX_FIELD_BYTES = 64 * 1024

/** Gathers the fields of a form that count. Of a field that is given twice, the last value does. */
export class FieldCollector {
  readonly maxContentBytes: number
  readonly #names: readonly string[]
  readonly #fields = new Map<string, string | null>()

  constructor(names: readonly string[], maxContentBytes: number) {
    this.#names = names
    this.maxContentBytes = maxContentBytes
  }

  /** Those so far. */
  get fields(): Fields {
    return this.#fields
  }

  /** Throws BODY_TOO_LARGE for a value that is too long, or was cut off because it is. */
  add(name: string, value: string | null, isCutOff = false): void {
    if (!this.#names.includes(name)) return
    const max = name === 'content' ? this.maxContentBytes : MAX_FIELD_BYTES
    if (isCutOff || (value !== null && Buffer.byteLength(value) > max)) {
      const hint = name === 'content' ? '; send larger text as file' : ''
      throw new KeepsakeError('BODY_TOO_LARGE', `${name} exceeds ${max} bytes${hint}`)
    }
    this.#fields.set(name, value)
  }

  /** The members of a JSON object. Throws BODY_INVALID for anything else, and for members that are no scalars. */
  addObject(value: unknown): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new KeepsakeError('BODY_INVALID', 'the body must be a JSON object')
    }
    for (const [name, member] of Object.entries(value)) {
      if (!this.#names.includes(name)) continue
      if (typeof member === 'object' && member !== null) {
        throw new KeepsakeError('BODY_INVALID', `${name} must be a string, a number or a boolean`)
      }
      this.add(name, member === null ? null : String(member))
    }
  }
}
