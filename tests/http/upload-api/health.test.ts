import { unavailable } from '@keepsake/shared/domain/errors'
import { runUpkeep } from '@keepsake/shared/operations/upkeep/run-upkeep'
import type { UpkeepContext } from '@keepsake/shared/ports/context'
import { service } from '../../support/service.ts'
import { call, persist, upload } from '../../support/wire.ts'
import { withMethod } from '../../support/with-method.ts'

test('tells the time, the version and how the worker is doing; garbage is not past a deadline', async () => {
  const running = await service()
  await upload(running)
  await persist(running, await upload(running))
  running.wait(2 * 24 * 60 * 60 * 1000)
  const before = await call(running, 'GET', '/health', { key: running.secretKey })
  await runUpkeep(running.context, AbortSignal.timeout(10_000))
  const after = await call(running, 'GET', '/health', { key: running.secretKey })
  const now = running.context.now().toISOString()

  expect(before).toMatchObject({
    status: 200,
    body: { status: 'ok', date: now, version: expect.stringMatching(/^\d+\.\d+/) },
  })
  expect(before.body.worker).toEqual({ lastRunAt: null, due: 1, garbage: 1 })
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

test.each([
  { ports: { assets: 'Cut off on purpose.' }, detail: 'Out of reach: database (cut off on purpose).' },
  {
    ports: { storage: 'The storage is out of reach; try again in a moment.' },
    detail: 'Out of reach: storage (the storage is out of reach; try again in a moment).',
  },
  {
    ports: { assets: 'MongoDB is gone.', storage: 'S3 does not answer.' },
    detail: 'Out of reach: database (MongoDB is gone), storage (S3 does not answer).',
  },
])('ready names in one sentence what is out of reach, and why: $detail', async ({ ports, detail }) => {
  const failing = <Port extends { check(): Promise<void> }>(port: Port, reason?: string) =>
    reason === undefined ? port : withMethod(port, 'check', () => () => Promise.reject(unavailable(reason)))
  const running = await service({
    wrap: (context: UpkeepContext) => ({
      ...context,
      assets: failing(context.assets, ports.assets),
      storage: failing(context.storage, ports.storage),
    }),
  })
  const answer = await call(running, 'GET', '/health/ready')

  expect(answer).toMatchObject({ status: 503, body: { code: 'UNAVAILABLE', retryAfter: 1, detail } })
  expect(answer.headers.get('Retry-After')).toBe('1')
  expect((await call(running, 'GET', '/health/live')).status).toBe(200)
})

test('ready says no once the process is on its way out, everything else goes on', async () => {
  const running = await service()
  running.drain()

  expect((await call(running, 'GET', '/health/ready')).status).toBe(503)
  expect((await call(running, 'GET', '/health/live')).status).toBe(200)
  expect(await upload(running)).toMatch(/^temp_/)
})
