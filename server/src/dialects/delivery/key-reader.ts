import type { IncomingMessage } from 'node:http'

/** A beginning of paths, and how much of it is not part of the key. */
interface Mount {
  readonly prefix: string
  readonly skip: number
}

/**
 * Reads the key off a request's path, undefined where the path is not delivery's: it is what follows `/cdn/` or the path of
 * `cdnBaseUrl`. Nothing is decoded or tidied: keys are made of characters that stand for themselves, so an address has one spelling.
 */
export function keyReader(cdnBaseUrl: string): (req: IncomingMessage) => string | undefined {
  const mounts = mountsOf(cdnBaseUrl)
  return ({ url = '' }) => {
    const mount = mounts.find(({ prefix }) => url.startsWith(prefix))
    if (!mount) return undefined
    const query = url.indexOf('?')
    return url.slice(mount.skip, query < 0 ? undefined : query)
  }
}

function mountsOf(cdnBaseUrl: string): Mount[] {
  const path = new URL(cdnBaseUrl).pathname.replace(/\/$/, '')
  // At the root, only the first parts of delivered paths can be told from the API.
  const own = path ? [{ prefix: `${path}/`, skip: path.length + 1 }] : ROOT_MOUNTS
  // Its own path first: it may lie below `/cdn/`.
  return [...own, { prefix: '/cdn/', skip: 5 }]
}

const ROOT_MOUNTS: Mount[] = ['/uploads/', '/files/'].map((prefix) => ({ prefix, skip: 1 }))
