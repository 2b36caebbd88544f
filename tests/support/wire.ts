import type { Service } from './service.ts'

/** An answer, read to its end. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; an empty object when it is none. */
  readonly body: Record<string, unknown>
}

/** What to send. */
export interface Outgoing {
  readonly key?: string
  readonly body?: NonNullable<RequestInit['body']>
  readonly headers?: Record<string, string>
}

/** One request of a well-behaved client. */
export async function call(
  { url }: Pick<Service, 'url'>,
  method: string,
  path: string,
  { key, body, headers = {} }: Outgoing = {},
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: { ...(key && { Authorization: `Bearer ${key}` }), ...headers },
    redirect: 'manual',
    ...(body !== undefined && { body }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: jsonOf(response.headers, text) }
}

/** A form with one file. */
export function formOf(content: string | Uint8Array, name = 'a.txt', field = 'file'): FormData {
  const form = new FormData()
  form.append(field, new Blob([content]), name)
  return form
}

/** Uploads a file with the public key, and answers with its temporary id. */
export async function upload(
  service: Service,
  content: string | Uint8Array = 'hello',
  name = 'a.txt',
): Promise<string> {
  const answer = await call(service, 'POST', '/asset/upload/temp', {
    key: service.publicKey,
    body: formOf(content, name),
  })
  if (answer.status !== 201) throw new Error(`The upload failed: ${answer.text}`)
  return String(answer.body.tempAssetId)
}

/** Persists with the secret key. */
export function persist(service: Service, tempAssetId: string): Promise<Answer> {
  return call(service, 'POST', '/asset/upload/persist', {
    key: service.secretKey,
    body: JSON.stringify({ tempAssetId }),
    headers: { 'Content-Type': 'application/json' },
  })
}

/** The member `asset` of an answer. */
export function assetOf({ body }: Answer): Record<string, unknown> {
  const { asset } = body
  if (typeof asset !== 'object' || asset === null) throw new Error('The answer has no asset.')
  return { ...asset }
}

function jsonOf(headers: Headers, text: string): Record<string, unknown> {
  const isJson = /^application\/(problem\+)?json\b/.test(headers.get('Content-Type') ?? '')
  const value: unknown = isJson && text ? JSON.parse(text) : {}
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
