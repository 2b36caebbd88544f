import { KeepsakeError } from '@keepsake/shared/domain/errors'
import type { RequestHandler, Router } from 'express'

/** The methods that a path takes. */
export interface Resource {
  /** Answers HEAD too. */
  readonly get?: RequestHandler
  readonly post?: RequestHandler
  readonly put?: RequestHandler
  readonly delete?: RequestHandler
}

/** Mounts the handlers of one path. OPTIONS tells which there are; every other method is refused with Allow. */
export function mountResource(router: Router, path: string, resource: Resource): void {
  const route = router.route(path)
  const methods = [
    ...(resource.get ? ['GET', 'HEAD'] : []),
    ...(resource.post ? ['POST'] : []),
    ...(resource.put ? ['PUT'] : []),
    ...(resource.delete ? ['DELETE'] : []),
  ]
  const allow = methods.join(', ')

  if (resource.get) route.get(resource.get)
  if (resource.post) route.post(resource.post)
  if (resource.put) route.put(resource.put)
  if (resource.delete) route.delete(resource.delete)
  route.options((_req, res) => {
    res.status(204).setHeader('Allow', allow)
    res.end()
  })
  route.all((req) => {
    throw methodNotAllowed(req.method, allow)
  })
}

/** The refusal of a method by a path that takes those of `allow`. */
export function methodNotAllowed(method: string, allow: string): KeepsakeError {
  return new KeepsakeError('METHOD_NOT_ALLOWED', `${method} is not possible here; allowed: ${allow}.`, {
    details: { allow },
  })
}
