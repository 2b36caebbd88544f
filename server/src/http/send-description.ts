import { readFileSync } from 'node:fs'
import type { RequestHandler } from 'express'

/** Answers with a description in OpenAPI's words, read once. */
export function sendDescription(file: URL): RequestHandler {
  const description = readFileSync(file)
  return (_req, res) => {
    res.setHeader('Content-Type', 'application/yaml; charset=utf-8')
    res.setHeader('Cache-Control', 'public, max-age=300')
    res.end(description)
  }
}
