import type { RequestHandler } from 'express'

const METHODS = 'GET, HEAD, POST, DELETE'
const EXPOSED = 'Retry-After, X-Request-Id, Location, Date'

/** Lets pages of these origins upload, and answers their preflights. No cookies: a request is what its access key says. */
export function cors(origins: 'any' | readonly string[]): RequestHandler {
  return (req, res, next) => {
    const { origin } = req.headers
    if (origins === 'any') res.setHeader('Access-Control-Allow-Origin', '*')
    else {
      res.vary('Origin')
      if (origin !== undefined && origins.includes(origin)) res.setHeader('Access-Control-Allow-Origin', origin)
    }
    res.setHeader('Access-Control-Expose-Headers', EXPOSED)
    if (req.method !== 'OPTIONS') return next()

    const wanted = req.headers['access-control-request-headers']
    res.vary('Access-Control-Request-Headers')
    res.setHeader('Access-Control-Allow-Methods', METHODS)
    if (wanted) res.setHeader('Access-Control-Allow-Headers', wanted)
    res.setHeader('Access-Control-Max-Age', '7200')
    res.status(204).end()
  }
}
