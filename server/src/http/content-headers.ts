import type { OutgoingHttpHeaders } from 'node:http'
import type { Asset, Content } from '@keepsake/shared/domain/asset'
import { contentDisposition } from './content-disposition.ts'

/** Types whose charset a browser would otherwise guess. */
const TEXTUAL = /^text\/|^application\/(?:javascript|node|json|xml|xml-dtd)$|\+(?:json|xml)$/

/** Types that a browser shows without running anything of ours. PDF viewers isolate what they show themselves. */
const SHOWN = /^(?:image\/(?:png|jpeg|gif|webp|avif|svg\+xml)|video\/.+|audio\/.+|text\/plain|application\/pdf)$/

/** Markup that a browser may run scripts of: HTML, and all that is XML. */
const ACTIVE = /^text\/(?:html|xsl)$|[/+]xml\b/

/** Styles and embedded images still work; nothing runs, nothing is fetched, and the document has no origin. */
const SANDBOX = [
  'sandbox',
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  'font-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** Adds what the record says about its bytes, whatever was asked for. `download` never lets a browser show them. */
export function addContentHeaders(
  headers: OutgoingHttpHeaders,
  { name, content: { type, utf8 } }: Asset & { readonly content: Content },
  download: boolean,
): void {
  headers['Content-Type'] = utf8 && TEXTUAL.test(type) ? `${type}; charset=utf-8` : type
  headers['Content-Disposition'] = contentDisposition(!download && SHOWN.test(type) ? 'inline' : 'attachment', name)
  if (ACTIVE.test(type)) headers['Content-Security-Policy'] = SANDBOX
}
