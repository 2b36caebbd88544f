import type { Asset, Content } from '@keepsake/shared/domain/asset'
import { contentDisposition } from './content-disposition.ts'

/** Types whose charset a browser would otherwise guess. */
const TEXTUAL = /^text\/|^application\/(?:javascript|json|xml)$|\+(?:json|xml)$/

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

/** What the record says about bytes of its content, whatever was asked for. `download` never lets a browser show them. */
export function contentHeaders(
  asset: Asset & { readonly content: Content },
  download: boolean,
): Record<string, string | number> {
  const { type, utf8 } = asset.content
  const headers: Record<string, string | number> = {
    'Content-Type': utf8 && TEXTUAL.test(type) ? `${type}; charset=utf-8` : type,
    'Content-Disposition': contentDisposition(!download && SHOWN.test(type) ? 'inline' : 'attachment', asset.name),
  }
  if (ACTIVE.test(type)) headers['Content-Security-Policy'] = SANDBOX
  return headers
}
