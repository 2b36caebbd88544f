import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'

/** An answer, read to its end. */
export interface Answered {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** How to ask. */
export interface Asking {
  readonly method?: string
  readonly headers?: Record<string, string>
}

/** One request for a path exactly as it is written: no client tidies it. */
export async function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {} }: Asking = {},
): Promise<Answered> {
  const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false })
  outgoing.end()
  const [response]: IncomingMessage[] = await once(outgoing, 'response')
  if (!response) throw new Error('There was no response.')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }
}

/** The `code` of a problem. */
export function codeOf({ body }: Answered): unknown {
  const problem: { code?: unknown } = JSON.parse(body.toString())
  return problem.code
}
