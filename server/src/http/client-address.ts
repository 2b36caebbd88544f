import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Log } from '@keepsake/shared/ports/log'
import proxyAddr from 'proxy-addr'

/** Whose word about the client counts. */
export interface ProxyTrust {
  /** Addresses, networks, `loopback`, `linklocal` and `uniquelocal`. */
  readonly trustProxy: readonly string[]
  readonly now: () => Date
  readonly log: Log
}

const HOUR = 3_600_000

/**
 * Tells the IP address of a request's client: the first one of X-Forwarded-For, read from the right, that is not trusted. Where an entry is
 * no address, the nearest hop that is known. Warns once an hour while the header comes from an address that is not trusted.
 */
export function clientAddress({ trustProxy, now, log }: ProxyTrust): (req: IncomingMessage) => string {
  const isListed = proxyAddr.compile([...trustProxy])
  // The library also takes `167772161` and the like for addresses.
  const isTrusted = (address: string, hop: number) => isIP(address) !== 0 && isListed(address, hop)
  let quietUntil = 0

  return (req) => {
    const hops = proxyAddr.all(req, isTrusted)
    const [peer = ''] = hops
    const time = now().getTime()
    if (req.headers['x-forwarded-for'] !== undefined && time >= quietUntil && !isTrusted(peer, 0)) {
      quietUntil = time + HOUR
      log.warn('proxy.untrusted', { address: peer, hint: 'X-Forwarded-For is ignored; list the proxy in TRUST_PROXY.' })
    }
    return hops.findLast((hop) => isIP(hop) !== 0) ?? peer
  }
}
