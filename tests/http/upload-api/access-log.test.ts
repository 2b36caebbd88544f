import { service } from '../../support/service.ts'
import { call, persist, upload } from '../../support/wire.ts'

test('every request leaves one line, without keys, queries and whole temporary ids', async () => {
  const running = await service()
  const tempId = await upload(running)
  await call(running, 'GET', `/asset/upload/temp/${tempId}?token=secret-of-the-query`)
  await call(running, 'GET', `/asset/${tempId.replace('_', '%5f')}`, { key: running.secretKey })
  await persist(running, tempId)
  await call(running, 'GET', '/nothing')
  const written = JSON.stringify(running.logged)
  const lines = running.logged.filter(({ event }) => event === 'request')

  expect(lines.map(({ data }) => [data.method, data.path, data.status])).toEqual([
    ['POST', '/asset/upload/temp', 201],
    ['GET', `/asset/upload/temp/${tempId.slice(0, 9)}…`, 200],
    ['GET', `/asset/temp%5f${tempId.slice(5, 9)}…`, 200],
    ['POST', '/asset/upload/persist', 200],
    ['GET', '/nothing', 404],
  ])
  for (const { data } of lines) {
    expect(data).toMatchObject({ requestId: expect.any(String), ms: expect.any(Number), bytes: expect.any(Number) })
  }
  for (const secret of [
    tempId,
    tempId.slice(5),
    running.secretKey,
    running.publicKey,
    'secret-of-the-query',
    'hello',
  ]) {
    expect(written).not.toContain(secret)
  }
})
