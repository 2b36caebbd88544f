import { isIP } from 'node:net'
import { type Env, refuse } from './env.ts'
import { duration, list, webAddress, wholeNumber } from './values.ts'

/** How the server is reached and how it stops. Durations in milliseconds. */
export interface ServerConfig {
  readonly bind: string
  readonly port: number
  /** Without a trailing slash. */
  readonly publicUrl: string
  /** Without a trailing slash. */
  readonly cdnBaseUrl: string
  /** The path of `cdnBaseUrl`: empty, or with a leading and without a trailing slash. */
  readonly cdnPath: string
  readonly corsOrigins: 'any' | readonly string[]
  /** Addresses, networks, `loopback`, `linklocal` and `uniquelocal`, whose X-Forwarded-For counts. */
  readonly trustProxy: readonly string[]
  /** After the signal to stop: how long requests are still taken. */
  readonly drainDelay: number
  /** Then: how long running ones may go on. */
  readonly shutdownTimeout: number
}

/** First segments that the server answers itself. */
const TAKEN_PATHS = ['asset', 'project', 'health', 'api', 'console', 'demo']

/** Reads how the server is reached and how it stops. */
export function readServer(env: Env): ServerConfig {
  const port = env.read('PORT', wholeNumber(0, 65_535)) ?? 3000
  const given = env.read('PUBLIC_URL', webAddress)
  if (port === 0 && !env.isSet('PUBLIC_URL')) env.report('PUBLIC_URL must be set when PORT is 0.')
  const publicUrl = given ?? `http://localhost:${port}`
  const cdnBaseUrl = env.read('CDN_BASE_URL', cdnAddress) ?? `${publicUrl}/cdn`
  return {
    bind: env.read('BIND', bindAddress) ?? '127.0.0.1',
    port,
    publicUrl,
    cdnBaseUrl,
    cdnPath: pathOf(cdnBaseUrl),
    corsOrigins: env.read('CORS_ORIGINS', origins) ?? 'any',
    trustProxy: env.read('TRUST_PROXY', list(network)) ?? [],
    drainDelay: env.read('DRAIN_DELAY', duration('0s', '1h')) ?? 0,
    shutdownTimeout: env.read('SHUTDOWN_TIMEOUT', duration('0s', '1h')) ?? 10_000,
  }
}

function bindAddress(text: string): string {
  const isHost = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text) && !/^[\d.]+$/.test(text)
  return isIP(text) !== 0 || isHost ? text : refuse('must be an IP address or a host name')
}

function cdnAddress(text: string): string {
  const address = webAddress(text)
  const path = pathOf(address)
  const first = path.split('/')[1]?.toLowerCase() ?? ''
  if (TAKEN_PATHS.includes(first)) return refuse(`must have another path: /${first} belongs to the API`)
  // Everything is delivered under `/cdn/` as well, and an address would mean two keys.
  if (/^\/cdn\/(uploads|files)(\/|$)/.test(path)) return refuse(`must have another path: ${path} is delivered already`)
  return address
}

function pathOf(address: string): string {
  return new URL(address).pathname.replace(/\/$/, '')
}

function origins(text: string): 'any' | readonly string[] {
  return text === '*' ? 'any' : list(origin)(text)
}

function origin(text: string): string {
  const { protocol, origin: found, href } = URL.canParse(text) ? new URL(text) : new URL('about:blank')
  // A star inside would be taken for a part of the host's name.
  const isWeb = (protocol === 'http:' || protocol === 'https:') && !found.includes('*')
  return isWeb && href === `${found}/` ? found : refuse('must list origins like https://app.example.com, or be *')
}

function network(text: string): string {
  if (text === 'loopback' || text === 'linklocal' || text === 'uniquelocal') return text
  const [address = '', prefix, ...rest] = text.split('/')
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)
  const isNetwork = bits > 0 && isPrefix && rest.length === 0
  return isNetwork
    ? text
    : refuse('may list IP addresses, networks like 10.0.0.0/8, loopback, linklocal and uniquelocal')
}
