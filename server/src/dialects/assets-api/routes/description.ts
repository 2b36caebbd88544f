import type { Router } from 'express'
import { mountResource } from '../../../http/mount-resource.ts'
import { sendDescription } from '../../../http/send-description.ts'

/** The dialect in OpenAPI's words, for people and generators. */
export function mountDescription(router: Router): void {
  // Reached from the sources and from what is built of them alike.
  const send = sendDescription(new URL('../../../../src/dialects/assets-api/openapi.yaml', import.meta.url))

  mountResource(router, '/api/v1/openapi.yaml', {
    get(req, res, next) {
      send(req, res, next)
    },
  })
}
