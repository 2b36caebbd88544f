import { KeepsakeError, unavailable } from '@keepsake/shared/domain/errors'
import { checkReadiness } from '@keepsake/shared/operations/check-readiness'
import type { Context } from '@keepsake/shared/ports/context'
import type { Request, Router } from 'express'
import { mountResource } from '../../../http/mount-resource.ts'
import { queryOf } from '../../../http/query.ts'
import { version } from '../../../version.ts'
import { authenticateSecretKey } from '../authenticate.ts'

const FAIL = ['', 'true', '1', 't', 'yes']
const SUCCEED = ['false', '0', 'f', 'no']

/** How the service is: for its operator, and without a key for whatever watches over the process. */
export function mountHealth(router: Router, context: Context, isDraining: () => boolean): void {
  mountResource(router, '/health', {
    async get(req, res) {
      await authenticateSecretKey(context, req)
      // A way to see whether an alarm would ring.
      if (isFailureWanted(req)) throw new KeepsakeError('INTERNAL', 'The failure that was asked for.')
      const now = context.now()
      const { lastRunAt, late, garbage } = await context.heartbeat.read(now)
      const worker = { lastRunAt: lastRunAt?.toISOString() ?? null, due: late, garbage }
      res.json({ status: 'ok', date: now.toISOString(), version, worker })
    },
  })

  mountResource(router, '/health/live', {
    get(_req, res) {
      res.json({ status: 'ok' })
    },
  })

  mountResource(router, '/health/ready', {
    async get(_req, res) {
      if (isDraining()) throw unavailable('The server is shutting down.')
      const missing = Object.entries(await checkReadiness(context))
      if (missing.length > 0) throw unavailable(describe(missing))
      res.json({ status: 'ok', database: 'ok', storage: 'ok' })
    },
  })
}

/** One sentence, whatever the reasons say. */
function describe(missing: readonly [system: string, reason: string][]): string {
  return `Out of reach: ${missing.map(([system, reason]) => `${system} (${clauseOf(reason)})`).join(', ')}.`
}

/** A sentence as a part of another; names keep their capitals. */
function clauseOf(sentence: string): string {
  return sentence.replace(/\.$/, '').replace(/^[A-Z](?=[a-z]* )/, (first) => first.toLowerCase())
}

function isFailureWanted(req: Request): boolean {
  const values = queryOf(req).getAll('fail')
  const [value] = values
  if (value === undefined) return false
  if (values.length === 1 && FAIL.includes(value)) return true
  if (values.length === 1 && SUCCEED.includes(value)) return false
  throw new KeepsakeError('QUERY_INVALID', 'The query parameter "fail" must be "true" or "false".', {
    details: { param: 'fail' },
  })
}
