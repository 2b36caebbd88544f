import type { ServerResponse } from 'node:http'

/** What answers that are no page and no file say to browsers: nothing here may be run, framed or guessed at. */
export function setSecurityHeaders(res: ServerResponse): void {
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
  res.setHeader('X-Frame-Options', 'DENY')
  res.setHeader('Referrer-Policy', 'no-referrer')
}

/** Takes back what would keep a file from being shown in other pages; a file's own headers say what it may do. */
export function allowEmbedding(res: ServerResponse): void {
  res.removeHeader('Content-Security-Policy')
  res.removeHeader('X-Frame-Options')
}
