import { isNativeError } from 'node:util/types'

/** The service that is asked: it may be down, and have another address when it is back. */
export interface Target {
  /** Settles when it is up. */
  url(): Promise<string>
  readonly secretKey: string
  readonly publicKey: string
  /** Milliseconds that a temporary asset has at least. */
  readonly tempTtl: number
  /** Milliseconds within which every request is answered. */
  readonly patience: number
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number
  readonly content: Buffer
}

/** What a request may carry. */
export type Body = NonNullable<RequestInit['body']>

/** A request of the load. */
export interface LoadRequest {
  readonly method: string
  readonly path: string
  readonly body?: Body | undefined
  /** The client goes away when it aborts. */
  readonly gone?: AbortSignal | undefined
}

/**
 * Sends it as soon as the service is up. `doubt`: nobody knows whether it was done, because the connection broke or the answer is a 503;
 * `silence`: no answer came although the connection is there.
 */
export async function ask(target: Target, request: LoadRequest): Promise<Answer | 'doubt' | 'silence'> {
  const url = await target.url()
  const { method, path, body, gone } = request
  const key = path.startsWith('/asset/upload/temp') ? target.publicKey : target.secretKey
  const patience = AbortSignal.timeout(target.patience)
  try {
    const response = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${key}` },
      signal: gone ? AbortSignal.any([gone, patience]) : patience,
      ...(body !== undefined && { body, duplex: 'half' }),
    })
    const content = Buffer.from(await response.arrayBuffer())
    return response.status === 503 ? 'doubt' : { status: response.status, content }
  } catch (error) {
    if (patience.aborted) return 'silence'
    if (!gone?.aborted && !isCut(error)) throw error
    return 'doubt'
  }
}

/** The body as JSON. */
export function jsonOf({ content }: Answer): Record<string, unknown> {
  return JSON.parse(content.toString())
}

/** What `fetch` says when the connection broke. */
function isCut(error: unknown): boolean {
  return isNativeError(error) && error.name === 'TypeError'
}
