import { encodeExtended } from 'content-disposition'

/**
 * A `Content-Disposition` that carries any name: as RFC 8187 encodes it, and once more in plain ASCII, without what old clients
 * unquote or decode differently.
 */
export function contentDisposition(type: 'inline' | 'attachment', name: string): string {
  // Half a surrogate pair cannot be encoded.
  const encodable = name.replace(/\p{Surrogate}/gu, '\ufffd')
  const ascii = encodable.replace(/[^\x20-\x7e]|["\\%]/gu, '_')
  return `${type}; filename="${ascii}"; filename*=${encodeExtended(encodable)}`
}
