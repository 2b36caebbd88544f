import { unavailable } from '@keepsake/shared/domain/errors'
import { runUpkeep } from '@keepsake/shared/operations/upkeep/run-upkeep'
import type { UpkeepContext } from '@keepsake/shared/ports/context'
import { service } from '../../support/service.ts'
import { call, upload } from '../../support/wire.ts'
import { withMethod } from '../../support/with-method.ts'

test('tells the time, the version and how the worker is doing', async () => {
  const running = await service()
  await upload(running)
  running.wait(2 * 24 * 60 * 60 * 1000)
  const before = await call(running, 'GET', '/health', { key: running.secretKey })
  await runUpkeep(running.context, AbortSignal.timeout(10_000))
  const after = await call(running, 'GET', '/health', { key: running.secretKey })
  const now = running.context.now().toISOString()

  expect(before).toMatchObject({
    status: 200,
    body: { status: 'ok', date: now, version: expect.stringMatching(/^\d+\.\d+/) },
  })
  expect(before.body.worker).toEqual({ lastRunAt: null, due: 1, garbage: 0 })
  expect(after.body.worker).toEqual({ lastRunAt: now, due: 0, garbage: 0 })
})

test.each([
  { query: '?fail=true', status: 500 },
  { query: '?fail=1', status: 500 },
  { query: '?fail=t', status: 500 },
  { query: '?fail=yes', status: 500 },
  { query: '?fail=', status: 500 },
  { query: '?fail', status: 500 },
  { query: '?fail=false', status: 200 },
  { query: '?fail=0', status: 200 },
  { query: '?fail=f', status: 200 },
  { query: '?fail=no', status: 200 },
  { query: '?fail=maybe', status: 400 },
  { query: '?fail=true&fail=false', status: 400 },
  { query: '?other=1', status: 200 },
])('$query answers $status', async ({ query, status }) => {
  const running = await service()
  const answer = await call(running, 'GET', `/health${query}`, { key: running.secretKey })

  expect(answer.status).toBe(status)
  expect(answer.body.status).toBe(status === 200 ? 'ok' : status)
  if (status === 400) expect(answer.body).toMatchObject({ code: 'QUERY_INVALID', param: 'fail' })
  await running.close()
})

test('live and ready need no key', async () => {
  const running = await service()

  expect(await call(running, 'GET', '/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } })
  expect(await call(running, 'GET', '/health/ready')).toMatchObject({ status: 200, body: { status: 'ok' } })
})

test.each(['assets', 'storage'] as const)('ready names what is out of reach: the port %s', async (port) => {
  const fail = () => () => Promise.reject(unavailable('Cut off on purpose.'))
  const running = await service({
    wrap: (context: UpkeepContext) => ({ ...context, [port]: withMethod(context[port], 'check', fail) }),
  })
  const answer = await call(running, 'GET', '/health/ready')

  expect(answer).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE', retryAfter: 1 } })
  expect(answer.headers.get('Retry-After')).toBe('1')
  expect(answer.body.detail).toBe(`Out of reach: ${port === 'assets' ? 'database' : 'storage'}. Cut off on purpose.`)
  expect((await call(running, 'GET', '/health/live')).status).toBe(200)
})

test('ready says no once the process is on its way out, everything else goes on', async () => {
  const running = await service()
  running.drain()

  expect((await call(running, 'GET', '/health/ready')).status).toBe(503)
  expect((await call(running, 'GET', '/health/live')).status).toBe(200)
  expect(await upload(running)).toMatch(/^temp_/)
})
