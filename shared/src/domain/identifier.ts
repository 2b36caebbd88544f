/** Digits and letters, in the order of their code points. */
export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Gives `size` random bytes; `crypto.randomBytes` everywhere but in the simulation. */
export type RandomBytes = (size: number) => Uint8Array

/** 12 random bytes as 24 lower-case hexadecimal digits: never a time, never a counter. */
export function newId(randomBytes: RandomBytes): string {
  return Buffer.from(randomBytes(12)).toString('hex')
}

/** `temp_` and 22 random base-62 characters: 131 bits, unguessable. */
export function newTempId(randomBytes: RandomBytes): string {
  return `temp_${randomText(randomBytes, BASE62, 22)}`
}

/** `length` characters of `alphabet` (at most 256 of them), each equally likely. */
export function randomText(randomBytes: RandomBytes, alphabet: string, length: number): string {
  // Bytes beyond the last whole multiple would make the first characters likelier.
  const fair = 256 - (256 % alphabet.length)
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < fair && text.length < length) text += alphabet[byte % alphabet.length]
    }
  }
  return text
}
