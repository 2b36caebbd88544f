import { readFileSync } from 'node:fs'
import type { Router } from 'express'
import { mountResource } from '../../../http/mount-resource.ts'

/** The dialect in OpenAPI's words, for people and generators. */
export function mountDescription(router: Router): void {
  // Reached from the sources and from what is built of them alike.
  const file = new URL('../../../../src/dialects/upload-api/openapi.yaml', import.meta.url)
  const description = readFileSync(file)

  mountResource(router, '/openapi.yaml', {
    get(_req, res) {
      res.setHeader('Content-Type', 'application/yaml; charset=utf-8')
      res.setHeader('Cache-Control', 'public, max-age=300')
      res.end(description)
    },
  })
}
