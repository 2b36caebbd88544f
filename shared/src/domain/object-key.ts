import { fileName, splitName } from './file-name.ts'
import { type RandomBytes, randomText } from './identifier.ts'

/** Of a key's last part, its suffix included. */
const MAX_PART_LENGTH = 200

const MAX_EXTENSION_LENGTH = 32

const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz'

/**
 * The permanent key of an asset that is claimed at `at`: `uploads/YYYY/MM/DD/<name>` by UTC, the name made safe.
 * A suffix goes on the stem (`image-x7k2p9.jpg`). The last part has 1 to 200 characters and begins with no dot.
 */
export function permanentKey(name: string, at: Date, suffix?: string): string {
  const { stem, extension } = splitName(fileName(name))
  const ending = suffix ? `-${suffix}` : ''
  const safeExtension = toSafeCharacters(extension).slice(0, MAX_EXTENSION_LENGTH)
  const tail = ending + (safeExtension ? `.${safeExtension}` : '')
  const head = trimPunctuation(toSafeCharacters(stem).slice(0, MAX_PART_LENGTH - tail.length)) || 'file'
  const day = at.toISOString().slice(0, 10).replaceAll('-', '/')
  return `uploads/${day}/${head}${tail}`
}

/** What tells a first key from one that is taken: 6 lower-case characters. */
export function collisionSuffix(randomBytes: RandomBytes): string {
  return randomText(randomBytes, BASE36, 6)
}

/** What makes the key of replaced content one that never was: 12 lower-case characters. */
export function replacementSuffix(randomBytes: RandomBytes): string {
  return randomText(randomBytes, BASE36, 12)
}

/** The public url of an object: the base, a slash and the key, each of its parts percent-encoded. */
export function objectUrl(cdnBaseUrl: string, key: string): string {
  const parts = key.replace(/\p{Cs}/gu, '\ufffd').split('/')
  return `${cdnBaseUrl}/${parts.map(encodeURIComponent).join('/')}`
}

/**
 * ASCII letters, digits, `.`, `_` and `-` only: what every proxy, store and file system takes as it is. Other scripts would
 * come back decoded, composed or folded otherwise; the asset's name keeps them. Accents leave their letter.
 */
function toSafeCharacters(text: string): string {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '')
  // A run with a dot in it is one dot: `..` must not appear, and `a - .b` reads as `a.b`.
  const joined = plain.replace(/[^A-Za-z0-9._]+/g, '-').replace(/[.-]*\.[.-]*/g, '.')
  return trimPunctuation(joined)
}

function trimPunctuation(text: string): string {
  return text.replace(/^[.-]+|[.-]+$/g, '')
}
