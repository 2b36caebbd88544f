import { PassThrough } from 'node:stream'
import { jest } from '@jest/globals'
import { watchBody } from '@keepsake/shared/adapters/s3/watch-body'

const OUTAGE = { code: 'UNAVAILABLE' }

describe('the body of an answer', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] })
  })

  afterEach(() => {
    jest.useRealTimers()
  })

  const turn = () => new Promise((resolve) => setImmediate(resolve))

  test('fails when nothing comes for half a minute, and lets go of the connection', async () => {
    const answer = new PassThrough()
    const body = watchBody(answer, 10)
    const reading = body.toArray()
    answer.write('12345')
    await turn()

    jest.advanceTimersByTime(29_000)
    answer.write('6')
    await turn()
    jest.advanceTimersByTime(29_000)
    await turn()
    expect(body.destroyed).toBe(false)
    jest.advanceTimersByTime(1_000)

    await expect(reading).rejects.toMatchObject(OUTAGE)
    expect(answer.destroyed).toBe(true)
  })

  test('waits for a reader as long as that likes, and holds little meanwhile', async () => {
    const answer = new PassThrough()
    const length = 40 * 64 * 1024
    const body = watchBody(answer, length)
    for (let sent = 0; sent < length; sent += 64 * 1024) answer.write(Buffer.alloc(64 * 1024))
    answer.end()
    body.read(0)
    await turn()

    jest.advanceTimersByTime(3_600_000)
    await turn()

    expect(body.errored).toBeNull()
    expect(body.readableLength).toBeLessThanOrEqual(3 * 64 * 1024)
    expect(Buffer.concat(await body.toArray())).toHaveLength(length)
  })

  test('fails when it ends short, breaks off, or has more bytes than announced', async () => {
    const short = new PassThrough()
    short.end('123')
    await expect(watchBody(short, 4).toArray()).rejects.toMatchObject(OUTAGE)

    const broken = new PassThrough()
    const breaking = watchBody(broken, 4).toArray()
    broken.destroy()
    await expect(breaking).rejects.toMatchObject(OUTAGE)

    const failed = new PassThrough()
    const failing = watchBody(failed, 4).toArray()
    failed.destroy(new Error('read ECONNRESET'))
    await expect(failing).rejects.toMatchObject({ ...OUTAGE, cause: expect.any(Error) })

    const long = new PassThrough()
    long.end('12345')
    await expect(watchBody(long, 4).toArray()).rejects.toMatchObject(OUTAGE)
  })

  test('leaves no timer behind', async () => {
    const answer = new PassThrough()
    const body = watchBody(answer, 3)
    answer.end('123')
    await body.toArray()
    const left = watchBody(new PassThrough(), 3)
    left.read()
    left.destroy()
    await turn()

    expect(jest.getTimerCount()).toBe(0)
  })
})
