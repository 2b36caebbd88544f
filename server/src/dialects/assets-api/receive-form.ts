import type { Readable } from 'node:stream'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import { fileTooLarge } from '@keepsake/shared/operations/inspect-content'
import type { Context } from '@keepsake/shared/ports/context'
import type { Request, Response } from 'express'
import { announcedLength } from '../../http/admit-body.ts'
import { mediaType } from '../../http/media-type.ts'
import { readBody } from '../../http/read-body.ts'
import { readJson } from '../../http/read-json.ts'
import { receiveMultipart } from '../../http/receive-multipart.ts'
import { watchBody } from '../../http/watch-body.ts'
import { FieldCollector } from './collect-fields.ts'
import type { Fields } from './parse-columns.ts'

/** A file, as it arrives. */
export interface FilePart {
  /** As the client sent it. */
  readonly name: string
  readonly body: Readable
  /** Those that came before it. */
  readonly fields: Fields
  readonly signal: AbortSignal
}

/** What a form may hold. */
export interface FormRules<T> {
  /** The fields that count; all others are passed over. */
  readonly names: readonly string[]
  /** Consumes the file. Must settle when its signal aborts. */
  readonly take: (part: FilePart) => Promise<T>
}

/** A form that arrived whole. */
export interface Form<T> {
  readonly fields: Fields
  /** What became of its file. */
  readonly file?: T
}

const MAX_CONTENT_BYTES = 8 * 1024 * 1024

/** What a body may hold beside its content: boundaries, names, other fields. */
const EXTRA_BYTES = 256 * 1024

/** In JSON a byte may be written as `\u0000`, in a urlencoded body as `%00`. */
const JSON_BYTES_PER_BYTE = 6
const URLENCODED_BYTES_PER_BYTE = 3

/** Reads a form in any of the three encodings. Throws BODY_INVALID and its kin as soon as something is wrong. */
export async function receiveForm<T>(
  context: Context,
  req: Request,
  res: Response,
  rules: FormRules<T>,
): Promise<Form<T>> {
  const maxContentBytes = Math.min(MAX_CONTENT_BYTES, context.settings.maxUploadBytes)
  const collector = new FieldCollector(rules.names, maxContentBytes)
  switch (mediaType(req)) {
    case 'multipart/form-data':
      return receiveParts(context, req, res, rules, collector)
    case 'application/json':
      collector.addObject(await readJson(req, res, limitsOf(context, maxContentBytes * JSON_BYTES_PER_BYTE)))
      return { fields: collector.fields }
    case 'application/x-www-form-urlencoded': {
      const body = await readBody(req, res, limitsOf(context, maxContentBytes * URLENCODED_BYTES_PER_BYTE))
      for (const [name, value] of new URLSearchParams(body.toString())) collector.add(name, value)
      return { fields: collector.fields }
    }
    default:
      throw new KeepsakeError('BODY_INVALID', 'send a form: multipart/form-data, urlencoded, or a JSON object')
  }
}

async function receiveParts<T>(
  { settings }: Context,
  req: Request,
  res: Response,
  rules: FormRules<T>,
  collector: FieldCollector,
): Promise<Form<T>> {
  const { uploadTimeout, idleTimeout, maxUploadBytes } = settings
  const maxBodyBytes = maxUploadBytes + collector.maxContentBytes + EXTRA_BYTES
  const tooLong = () => fileTooLarge(maxUploadBytes)
  if ((announcedLength(req) ?? 0) > maxBodyBytes) throw tooLong()

  const watch = watchBody(req, { total: uploadTimeout, idle: idleTimeout })
  try {
    const file = await receiveMultipart(req, res, {
      watch,
      maxBodyBytes,
      tooLong,
      text: {
        maxBytes: collector.maxContentBytes,
        take: (name, value, isCutOff) => collector.add(name, value, isCutOff),
      },
      async take(name, body, field) {
        if (field !== 'file') throw new KeepsakeError('BODY_INVALID', 'send the file in the field file')
        return { taken: await rules.take({ name, body, signal: watch.signal, fields: collector.fields }) }
      },
    })
    return { fields: collector.fields, ...(file && { file: file.taken }) }
  } finally {
    watch.stop()
  }
}

function limitsOf({ settings: { uploadTimeout, idleTimeout } }: Context, maxContentBytes: number) {
  const maxBytes = maxContentBytes + EXTRA_BYTES
  return {
    maxBytes,
    tooLarge: () => new KeepsakeError('BODY_TOO_LARGE', `the body exceeds ${maxBytes} bytes; send larger text as file`),
    deadlines: { total: uploadTimeout, idle: idleTimeout },
  }
}
