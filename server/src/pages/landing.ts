import { createHash } from 'node:crypto'
import type { Context } from '@keepsake/shared/ports/context'
import { type RequestHandler, Router } from 'express'
import { methodNotAllowed } from '../http/mount-resource.ts'
import { sendProblem } from '../http/problem.ts'
import { setSecurityHeaders } from '../http/security-headers.ts'
import { landingHtml, landingStyle } from './landing-html.ts'

/** Tells whoever opens the server in a browser what it is and how to begin. */
export function landingPage({ settings: { publicUrl }, log }: Pick<Context, 'settings' | 'log'>): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const html = Buffer.from(landingHtml(publicUrl))
  const hash = createHash('sha256').update(landingStyle).digest('base64')
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${hash}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

  const show: RequestHandler = (_req, res) => {
    setSecurityHeaders(res)
    res.setHeader('Content-Security-Policy', policy)
    res.setHeader('Content-Type', 'text/html; charset=utf-8')
    res.setHeader('Content-Length', html.length)
    res.setHeader('Cache-Control', 'no-cache')
    res.end(html)
  }
  router.get('/', show)
  router.all('/', (req, res) => sendProblem(req, res, methodNotAllowed(req.method, 'GET, HEAD'), { log }))
  return router
}
