import { createPinoLog } from '@keepsake/shared/adapters/pino/pino-log'
import { KeepsakeError } from '@keepsake/shared/domain/errors'

type Level = Parameters<typeof createPinoLog>[0]

/** A log and the lines that it wrote, parsed. */
function logOf(level: Level) {
  const lines: Record<string, unknown>[] = []
  const log = createPinoLog(level, { write: (line) => lines.push(JSON.parse(line)) })
  return { log, lines }
}

describe('the log', () => {
  test('writes one line of data for an event', () => {
    const { log, lines } = logOf('info')

    log.info('asset.persisted', { key: 'uploads/2024/01/15/image.jpg', size: 7 })

    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        pid: process.pid,
        event: 'asset.persisted',
        key: 'uploads/2024/01/15/image.jpg',
        size: 7,
      },
    ])
  })

  test('writes an error with its stack, its code and its causes', () => {
    const { log, lines } = logOf('info')
    const cause = new Error('The disk is on fire.')

    log.error('upkeep.failed', { error: new KeepsakeError('UNAVAILABLE', 'Try again.', { cause }) })

    expect(lines).toMatchObject([{ level: 'error', error: { code: 'UNAVAILABLE' } }])
    expect(JSON.stringify(lines)).toContain('The disk is on fire.')
    expect(JSON.stringify(lines)).toContain('pino-log.test.ts')
  })

  test('writes whatever else was thrown as it is', () => {
    const { log, lines } = logOf('info')

    log.error('upkeep.failed', { error: 'a text' })

    expect(lines).toMatchObject([{ error: 'a text' }])
  })

  test('leaves out what is below its level', () => {
    const { log, lines } = logOf('error')

    log.info('one')
    log.warn('two')
    log.error('three')

    expect(lines.map(({ event }) => event)).toEqual(['three'])
  })

  test('says nothing when it is silent', () => {
    const { log, lines } = logOf('silent')

    log.error('one')

    expect(lines).toEqual([])
  })

  test('never shows a credential, even when a caller hands one over', () => {
    const { log, lines } = logOf('info')
    const secret = 'hunter2'

    log.info('request', {
      token: secret,
      headers: { authorization: secret, cookie: secret, 'x-api-key': secret },
      request: { headers: { authorization: secret } },
      attempts: [{ password: secret }],
      error: Object.assign(new Error('Refused.'), { headers: { authorization: secret } }),
    })

    expect(lines).toMatchObject([{ event: 'request', error: { message: 'Refused.' } }])
    expect(JSON.stringify(lines)).not.toContain(secret)
  })
})
