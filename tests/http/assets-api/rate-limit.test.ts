import { jest } from '@jest/globals'
import { ask } from '../../support/entries.ts'
import { type Service, type ServiceOptions, service } from '../../support/service.ts'
import { call } from '../../support/wire.ts'

const started: Service[] = []

async function limited(options: ServiceOptions = {}): Promise<Service> {
  const made = await service({ requestsPerMinute: 3, ...options })
  started.push(made)
  return made
}

/** The statuses of requests with these values of X-Forwarded-For, one after the other. */
async function statuses(running: Service, forwarded: readonly (string | undefined)[]): Promise<number[]> {
  const found: number[] = []
  for (const address of forwarded) {
    const headers: Record<string, string> = address === undefined ? {} : { 'X-Forwarded-For': address }
    found.push((await ask(running, 'GET', '/assets', undefined, headers)).status)
  }
  return found
}

describe('beyond the limit', () => {
  test('a client is told when to come again, in an empty answer', async () => {
    const running = await limited()
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(running, 'GET', '/assets')))
    const refused = answers.filter(({ status }) => status === 429)

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3)
    expect(refused).toHaveLength(2)
    for (const { text, headers } of refused) {
      expect(text).toBe('')
      expect(headers.get('Content-Length')).toBe('0')
      expect(Number(headers.get('Retry-After'))).toBeGreaterThan(55)
      expect(Number(headers.get('Retry-After'))).toBeLessThanOrEqual(60)
      expect(headers.get('Retry-After')).toMatch(/^\d+$/)
      expect(headers.get('X-Request-Id')).toMatch(/^[\w.-]+$/)
    }
  })

  test('everything under the path counts, whatever comes of it, and nothing else does', async () => {
    const running = await limited({ requestsPerMinute: 6 })
    for (let count = 0; count < 10; count += 1) await call(running, 'GET', '/asset', { key: running.secretKey })
    const answers = [
      await call(running, 'GET', '/api/v1/assets'),
      await call(running, 'GET', '/api/v1/nothing'),
      await ask(running, 'PATCH', '/assets'),
      await ask(running, 'HEAD', '/assets'),
      await call(running, 'GET', '/api/v1'),
      await ask(running, 'GET', '/assets/77'),
    ]

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 405, 200, 401, 400])
    for (const [method, path] of [
      ['GET', '/api/v1/assets'],
      ['GET', '/api/v1/nothing'],
      ['DELETE', '/api/v1/assets'],
      ['HEAD', '/api/v1'],
    ] as const) {
      expect((await call(running, method, path)).status).toBe(429)
    }
    expect((await call(running, 'GET', '/asset', { key: running.secretKey })).status).toBe(200)
  })

  test('a refused upload reaches its sender too, and makes nothing', async () => {
    const running = await limited({ requestsPerMinute: 1 })
    await ask(running, 'GET', '/assets')
    const body = new FormData()
    body.append('file', new Blob(['x'.repeat(3_000_000)]), 'a.txt')

    expect(await ask(running, 'POST', '/assets', body)).toMatchObject({ status: 429, text: '' })
    expect(await running.files()).toEqual([])
  })
})

describe('the window', () => {
  afterEach(() => {
    jest.useRealTimers()
  })

  test('lasts a minute from the first request; refused ones do not prolong it', async () => {
    const running = await limited()
    const begun = Date.now()
    jest.useFakeTimers({ now: begun, doNotFake: [...ALL_BUT_DATE] })
    const at = async (ms: number) => {
      jest.setSystemTime(begun + ms)
      const { status, headers } = await ask(running, 'GET', '/assets')
      return [status, headers.get('Retry-After')]
    }

    expect([await at(0), await at(40_000), await at(59_000)]).toEqual([
      [200, null],
      [200, null],
      [200, null],
    ])
    expect(await at(59_001)).toEqual([429, '1'])
    expect(await at(59_999)).toEqual([429, '1'])
    expect([await at(60_000), await at(60_001), await at(60_002)]).toEqual([
      [200, null],
      [200, null],
      [200, null],
    ])
    expect(await at(60_003)).toEqual([429, '60'])
    expect(await at(119_000)).toEqual([429, '1'])
    expect(await at(120_000)).toEqual([200, null])
  })

  test('is everybody’s own, and of this process', async () => {
    const [one, other] = [await limited(), await limited()]

    expect(await statuses(one, [undefined, undefined, undefined, undefined])).toEqual([200, 200, 200, 429])
    expect(await statuses(other, [undefined])).toEqual([200])
  })
})

test('60 a minute can be set to none', async () => {
  const running = await limited({ requestsPerMinute: 0 })

  expect(new Set(await statuses(running, Array(80).fill(undefined)))).toEqual(new Set([200]))
})

describe('the client', () => {
  const trustProxy = ['loopback', '10.0.0.0/8', '2001:db8:ffff::/48']

  test.each<{ what: string; forwarded: string[]; same: boolean }>([
    {
      what: 'is the first untrusted address from the right',
      forwarded: ['6.6.6.6, 1.2.3.4', '7.7.7.7, 1.2.3.4, 10.0.0.1', '1.2.3.4', '8.8.8.8,1.2.3.4 ,10.9.9.9, 127.0.0.1'],
      same: true,
    },
    {
      what: 'is another with another address',
      forwarded: ['1.2.3.4', '1.2.3.5', '1.2.3.6, 10.0.0.1', '1.2.3.7'],
      same: false,
    },
    {
      what: 'is the nearest known hop where an entry is malformed',
      forwarded: ['unknown', '1.2.3.4:80', '5.5.5.5, _hidden', '9.9.9.9, 1'],
      same: true,
    },
    {
      what: 'is the known proxy behind which an entry is malformed',
      forwarded: ['a, 10.0.0.1', '1.1.1.1, x, 10.0.0.1', '999.1.1.1, 10.0.0.1', '10.1, 10.0.0.1'],
      same: true,
    },
    {
      what: 'is the known proxy where an entry is a number that a library takes for an address',
      forwarded: [
        '1.1.1.1, 167772161, 10.0.0.1',
        '2.2.2.2, 012.0.0.1, 10.0.0.1',
        '3.3.3.3, 0xa.0.0.1, 10.0.0.1',
        'x, 10.0.0.1',
      ],
      same: true,
    },
    {
      what: 'is told from another by its proxy alone when both are malformed',
      forwarded: ['a, 10.0.0.1', 'a, 10.0.0.2', 'a, 10.0.0.3', 'a, 10.0.0.4'],
      same: false,
    },
    {
      what: 'is one for a /64 of IPv6',
      forwarded: ['2001:db8::1', '2001:db8::2', '2001:DB8:0:0:ffff::3', '2001:db8::1%eth0'],
      same: true,
    },
    {
      what: 'is another in another /64',
      forwarded: ['2001:db8:0:1::1', '2001:db8:0:2::1', '2001:db8:0:3::1', '2001:db8:0:4::1'],
      same: false,
    },
    {
      what: 'is the same by IPv4 and its mapped form',
      forwarded: ['1.2.3.4', '::ffff:1.2.3.4', '::FFFF:102:304', '1.2.3.4, 2001:db8:ffff::7'],
      same: true,
    },
    {
      what: 'is another by another mapped address',
      forwarded: ['::ffff:1.2.3.4', '::ffff:1.2.3.5', '::ffff:1.2.3.6', '::ffff:1.2.3.7'],
      same: false,
    },
    {
      what: 'is the farthest where all are trusted',
      forwarded: ['10.0.0.9', '10.0.0.9, 10.0.0.1', '10.0.0.9, 127.0.0.1', '10.0.0.9'],
      same: true,
    },
  ])('$what', async ({ forwarded, same }) => {
    const running = await limited({ trustProxy })

    expect(await statuses(running, forwarded)).toEqual([200, 200, 200, same ? 429 : 200])
  })

  test.each(['Forwarded', 'X-Real-IP', 'CF-Connecting-IP', 'True-Client-IP', 'X-Client-IP'])(
    'is not told by %s',
    async (name) => {
      const running = await limited({ trustProxy })
      const found: number[] = []
      for (let index = 1; index < 5; index += 1) {
        found.push(
          (
            await ask(running, 'GET', '/assets', undefined, {
              [name]: name === 'Forwarded' ? `for=1.2.3.${index}` : `1.2.3.${index}`,
            })
          ).status,
        )
      }

      expect(found).toEqual([200, 200, 200, 429])
    },
  )

  test('cannot choose its address where its proxy is not trusted, and that is said once an hour', async () => {
    const running = await limited({ trustProxy: ['10.0.0.0/8'] })
    const warnings = () => running.logged.filter(({ event }) => event === 'proxy.untrusted')

    expect(await statuses(running, ['1.1.1.1', '2.2.2.2', '3.3.3.3', '4.4.4.4'])).toEqual([200, 200, 200, 429])
    expect(warnings()).toMatchObject([{ level: 'warn', data: { address: '127.0.0.1' } }])
    running.wait(3_599_999)
    await statuses(running, ['1.1.1.1'])
    expect(warnings()).toHaveLength(1)
    running.wait(1)
    await statuses(running, ['1.1.1.1', '1.1.1.1'])
    expect(warnings()).toHaveLength(2)
  })

  test('that is behind a trusted proxy, or comes without the header, causes no warning', async () => {
    const [trusting, plain] = [await limited({ trustProxy }), await limited()]
    await statuses(trusting, ['1.1.1.1', undefined])
    await statuses(plain, [undefined])

    expect([...trusting.logged, ...plain.logged].filter(({ level }) => level === 'warn')).toEqual([])
  })
})

/** What the clock turned by hand leaves alone. */
const ALL_BUT_DATE = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const satisfies readonly string[]
