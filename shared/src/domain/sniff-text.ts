/** What stands before the first element of a document, and the document from there on. */
export interface Beginning {
  /** Whether it declares itself to be XML. */
  readonly hasProlog: boolean
  /** The name in its document type, in lower case, without a prefix. */
  readonly doctype: string | undefined
  /** Everything behind prolog, comments and document type; a comment that never ends is left in. */
  readonly root: string
}

const LESS_THAN = 0x3c
const DOCTYPE = /^<!doctype\s+(?:[\w.-]+:)?([\w.-]+)/i
const SVG_ROOT = /^<(?:[\w.-]+:)?svg(?=[\s/>]|$)/i
const HTML_ROOT = /^<(?:[\w.-]+:)?html(?=[\s/>]|$)/i

// What browsers take for HTML when nobody tells them a type, and the elements that load something by themselves.
const HTML_BEGINNING =
  /^<(?:!--|(?:a|b|body|br|div|font|form|h[1-6]|head|iframe|img|link|meta|p|script|style|table|title)(?=[\s/>]))/i

/** The bytes as text without their byte order mark: UTF-16 where the mark says so, else UTF-8; what is neither becomes U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes)
}

/** Whether they hold none of the characters that only binary files have (as the WHATWG's MIME sniffing lists them). */
export function isText(bytes: Uint8Array): boolean {
  // Those characters are bytes of their own in UTF-8: only UTF-16 has to be decoded.
  if (encodingOf(bytes) === 'utf-8') return !bytes.some(isBinary)
  return !Array.from(decodeText(bytes), (character) => character.charCodeAt(0)).some(isBinary)
}

/** Whether they can be a document: nothing that prints stands before the first `<`. Spares nearly all other files the decoding. */
export function mayBeMarkup(bytes: Uint8Array): boolean {
  return encodingOf(bytes) !== 'utf-8' || bytes.find(prints) === LESS_THAN
}

/** The type of a document in HTML, XHTML, SVG or XML; undefined for all else. When in doubt it is the one that can do more harm. */
export function sniffMarkup(decoded: string): string | undefined {
  const { hasProlog, doctype, root } = beginningOf(decoded)
  if (doctype === 'svg' || SVG_ROOT.test(root)) return 'image/svg+xml'
  if (doctype === 'html' || HTML_ROOT.test(root)) return hasProlog ? 'application/xhtml+xml' : 'text/html'
  if (hasProlog) return 'application/xml'
  return HTML_BEGINNING.test(root) ? 'text/html' : undefined
}

/** Takes a document apart at its first element. Linear in the length of the text, whatever is in it. */
export function beginningOf(decoded: string): Beginning {
  let root = decoded.trimStart()
  const hasProlog = /^<\?xml[\s-]/i.test(root)
  let doctype: string | undefined
  for (;;) {
    doctype ??= DOCTYPE.exec(root)?.[1]?.toLowerCase()
    const end = endOfPreamble(root, hasProlog)
    if (end === undefined) return { hasProlog, doctype, root }
    root = root.slice(end).trimStart()
  }
}

/** Where the comment, instruction or document type at the start ends; undefined when there is none, or no end of it. */
function endOfPreamble(text: string, hasProlog: boolean): number | undefined {
  if (text.startsWith('<!--')) return endOf(/-->/g, text, 2)
  // Only in XML: PHP begins with `<?` too, and is no document.
  if (hasProlog && text.startsWith('<?')) return endOf(/\?>/g, text, 2)
  if (!DOCTYPE.test(text)) return undefined
  const declaresEntities = /^[^>[]*\[/.test(text)
  return endOf(declaresEntities ? /\]\s*>/g : />/g, text, 2)
}

function endOf(closing: RegExp, text: string, from: number): number | undefined {
  closing.lastIndex = from
  return closing.test(text) ? closing.lastIndex : undefined
}

function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return 'utf-8'
}

function prints(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f
}

function isBinary(code: number): boolean {
  if (code >= 0x20) return false
  const isAllowed = code === 0x1b || (code >= 0x09 && code <= 0x0d && code !== 0x0b)
  return !isAllowed
}
