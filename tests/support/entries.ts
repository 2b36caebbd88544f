import { createHash } from 'node:crypto'
import type { Service } from './service.ts'
import { type Answer, call } from './wire.ts'

/** What a form says: a text, or a file with its name. */
export type FormValue = string | { readonly file: string | Uint8Array; readonly name: string }

/** An entry as a list shows it. */
export type Entry = Readonly<Record<string, unknown>>

/** A page of a list. */
export interface EntryPage {
  readonly entries: readonly Entry[]
  readonly totalEntries: number
  readonly page: number
  readonly totalPages: number
}

/** One request to the assets API with the service's secret key. */
export function ask(
  service: Service,
  method: string,
  path: string,
  body?: NonNullable<RequestInit['body']>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return call(service, method, `/api/v1${path}`, {
    headers: { 'X-API-Key': service.secretKey, ...headers },
    ...(body !== undefined && { body }),
  })
}

/** A multipart form, its parts in this order. */
export function form(parts: Readonly<Record<string, FormValue>> | readonly (readonly [string, FormValue])[]): FormData {
  const data = new FormData()
  const pairs: readonly (readonly [string, FormValue])[] = Array.isArray(parts) ? parts : Object.entries(parts)
  for (const [name, value] of pairs) {
    if (typeof value === 'string') data.append(name, value)
    else data.append(name, new Blob([value.file]), value.name)
  }
  return data
}

/** Creates an asset and answers with its id. */
export async function create(service: Service, parts: Readonly<Record<string, FormValue>>): Promise<number> {
  const answer = await ask(service, 'POST', '/assets', form(parts))
  if (answer.status !== 200) throw new Error(`The asset was not created: ${answer.status} ${answer.text}`)
  return Number(answer.body.id)
}

/** A page of the list. */
export async function list(service: Service, query = ''): Promise<EntryPage> {
  const answer = await ask(service, 'GET', `/assets${query}`)
  if (answer.status !== 200) throw new Error(`There is no list: ${answer.status} ${answer.text}`)
  return JSON.parse(answer.text)
}

/** One entry by its id; undefined when there is none. */
export async function entry(service: Service, id: number): Promise<Entry | undefined> {
  return (await list(service, `?id=${id}`)).entries[0]
}

/** What an entry's `cdn_url` leads to now. */
export async function contentOf(service: Service, id: number): Promise<string> {
  const found = await entry(service, id)
  const response = await fetch(String(found?.cdn_url), { redirect: 'manual' })
  if (response.status === 302) return `302 ${response.headers.get('Location')}`
  return response.ok ? await response.text() : String(response.status)
}

/** Everything that a refused request must leave as it was: every entry with its content, where that lies, and every folder. */
export async function everything(service: Service): Promise<string> {
  const { context, owner } = service
  const { entries, totalEntries } = await list(service)
  const { assets } = await context.assets.list(owner.project.id, { filters: [], page: 1, pageSize: 1000 })
  const keys = new Set(await service.keys())
  const contents = assets.map(({ key = '', content }) => ({ key, content, isStored: keys.has(key) }))
  const folders = await ask(service, 'GET', '/folders')
  return JSON.stringify({ totalEntries, entries, contents, folders: folders.text })
}

/** In hexadecimal. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}
