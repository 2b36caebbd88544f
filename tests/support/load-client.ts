import { setTimeout } from 'node:timers/promises'
import { Random } from '../simulation/random.ts'
import type { Ledger, Sent } from './ledger.ts'
import { type Answer, ask, type Body, jsonOf, type Target } from './load-request.ts'
import { hashOf } from './outside.ts'

const LARGEST = 300_000

/** Names that meet, names that need care, and one whose key is too long for a file name. */
const NAMES = ['photo.jpg', 'photo.jpg', 'report.pdf', 'ä b 日本.txt', '../../etc/passwd', `${'long'.repeat(60)}.bin`]

const DEEDS = [
  ...(['upload', 'upload', 'upload', 'upload', 'breakOff', 'persist', 'persist', 'persistTwice'] as const),
  ...(['persistBatch', 'persistBatch', 'drop', 'dropAgainstPersist', 'delete', 'look', 'look'] as const),
]

/** One client that does at random what clients do, one thing after the other, and keeps the ledger. */
export class LoadClient {
  readonly #target: Target
  readonly #ledger: Ledger
  readonly #random: Random
  readonly #pool: Buffer
  /** Uploaded, nothing else yet. */
  #waiting: Sent[] = []
  /** Persisted, or at least asked for, alone. */
  readonly #asked: Sent[] = []

  /** The same seed makes the same choices, as far as the answers are the same. `pool` is what files are cut from. */
  constructor(target: Target, ledger: Ledger, seed: number, pool: Buffer) {
    this.#target = target
    this.#ledger = ledger
    this.#random = new Random(seed)
    this.#pool = pool
  }

  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this[this.#random.pick(DEEDS)]()
      await setTimeout(this.#random.below(20))
    }
  }

  async upload(): Promise<void> {
    const content = this.#content()
    const name = this.#random.pick(NAMES)
    const safeUntil = Date.now() + this.#target.tempTtl
    const answer = this.#random.happens(0.5)
      ? await this.#ask('POST', '/asset/upload/temp', formOf(content, name))
      : await this.#ask('POST', `/asset/upload/temp?name=${encodeURIComponent(name)}`, content)
    // Too slow for its deadline is an answer, too.
    if (!answer || answer.status === 408) return
    if (!this.#expect('An upload', answer, 201)) return
    this.#waiting.push(this.#ledger.uploaded(String(jsonOf(answer).tempAssetId), hashOf(content), safeUntil))
  }

  /** An upload whose client goes away in the middle. */
  async breakOff(): Promise<void> {
    const content = this.#content()
    const gone = new AbortController()
    async function* halves() {
      yield content.subarray(0, content.length / 2)
      await setTimeout(10)
      gone.abort()
      yield content.subarray(content.length / 2)
    }
    const body = ReadableStream.from(halves())
    await this.#ask('POST', '/asset/upload/temp?name=broken.bin', body, gone.signal)
  }

  async persist(): Promise<void> {
    const file = this.#random.happens(0.3) ? this.#pickAsked() : this.#takeWaiting()
    if (file) await this.#persist(file)
  }

  async persistTwice(): Promise<void> {
    const file = this.#takeWaiting()
    if (file) await Promise.all([this.#persist(file), this.#persist(file)])
  }

  /** Several that are never asked for apart; perhaps again when no answer came; sometimes with one among them that nobody knows. */
  async persistBatch(): Promise<void> {
    const files = this.#waiting.splice(-2 - this.#random.below(6))
    if (files.length === 0) return
    const tempAssetIds = files.map(({ tempId }) => tempId)
    const isSpoilt = this.#random.happens(0.2)
    this.#ledger.batches.push(tempAssetIds)
    for (const file of files) file.asked = true

    const body = JSON.stringify({ tempAssetIds: isSpoilt ? [...tempAssetIds, 'temp_unknown'] : tempAssetIds })
    const attempts = 1 + this.#random.below(2)
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const answer = await this.#ask('POST', '/asset/upload/persist', body)
      if (!answer) continue
      if (answer.status === 404) {
        // Of one that is spoilt, or has a member that expired, nothing is ever kept.
        const isFair = isSpoilt || files.some(({ safeUntil }) => safeUntil <= Date.now())
        if (!isFair) this.#ledger.wrongAnswers.push(`A batch of ${tempAssetIds} was refused before its deadline.`)
        for (const file of files) file.over = true
      } else if (this.#expect('A batch', answer, isSpoilt ? 404 : 200)) {
        const assets = listOf(jsonOf(answer).assets)
        files.forEach((file, index) => {
          this.#ledger.persisted(file, assetOf(assets[index]))
        })
      }
      return
    }
  }

  async drop(): Promise<void> {
    // One that was persisted, or is about to be, is not touched by it.
    const file = this.#random.happens(0.3) ? this.#pickAsked() : this.#takeWaiting()
    if (file) await this.#drop(file)
  }

  async dropAgainstPersist(): Promise<void> {
    const file = this.#takeWaiting()
    if (!file) return
    file.asked = true
    await Promise.all([this.#persist(file), this.#drop(file)])
  }

  async delete(): Promise<void> {
    const file = this.#pickAsked()
    if (!file) return
    const { ending } = file
    file.ending = true
    const answer = await this.#ask('DELETE', `/asset/${file.persisted?.id ?? file.tempId}`)
    if (answer?.status === 409) file.ending = ending
    else if (answer && this.#expect('A delete', answer, 204)) file.over = true
  }

  /** What was acknowledged can be seen at any time; what was ended never again. */
  async look(): Promise<void> {
    const file = this.#pickAsked()
    if (!file?.persisted || (file.ending && !file.over)) return
    const { over, sha256, persisted } = file
    const answer = await this.#ask('GET', new URL(persisted.url).pathname)
    if (!answer || answer.status === 503) return
    if (!this.#expect(`${persisted.key}, ${over ? 'ended' : 'kept'},`, answer, over ? 404 : 200) || over) return
    if (hashOf(answer.content) !== sha256) this.#ledger.wrongAnswers.push(`${persisted.key} came with other bytes.`)
  }

  async #persist(file: Sent): Promise<void> {
    file.asked = true
    const answer = await this.#ask('POST', '/asset/upload/persist', JSON.stringify({ tempAssetId: file.tempId }))
    if (answer?.status === 404) this.#ledger.refused(file)
    else if (answer && this.#expect('A persist', answer, 200)) {
      this.#ledger.persisted(file, assetOf(jsonOf(answer).asset))
    }
  }

  async #drop(file: Sent): Promise<void> {
    const mayLose = file.asked
    // A drop that comes after an acknowledged persist is no threat.
    file.ending ||= !file.persisted
    const answer = await this.#ask('DELETE', `/asset/upload/temp/${file.tempId}`)
    if (answer && this.#expect('A drop', answer, 204)) file.over ||= !mayLose
  }

  async #ask(method: string, path: string, body?: Body, gone?: AbortSignal): Promise<Answer | undefined> {
    const outcome = await ask(this.#target, { method, path, body, gone })
    if (typeof outcome === 'object') return outcome
    this.#ledger.inDoubt += 1
    if (outcome === 'silence') this.#ledger.wrongAnswers.push(`${method} ${path} was not answered.`)
    return undefined
  }

  #expect(what: string, { status, content }: Answer, expected: number): boolean {
    if (status === expected) return true
    const words = status < 300 ? '' : `: ${content}`
    this.#ledger.wrongAnswers.push(`${what} was answered with ${status}${words}.`)
    return false
  }

  #content(): Buffer {
    const size = Math.floor(LARGEST * this.#random.unit() ** 3)
    const start = this.#random.below(this.#pool.length - LARGEST)
    return this.#pool.subarray(start, start + size)
  }

  /** One of the latest: older ones are left to expire. */
  #takeWaiting(): Sent | undefined {
    this.#waiting = this.#waiting.slice(-10)
    const [file] = this.#waiting.splice(this.#random.below(this.#waiting.length), 1)
    if (file) this.#asked.push(file)
    return file
  }

  #pickAsked(): Sent | undefined {
    return this.#asked.length > 0 ? this.#random.pick(this.#asked) : undefined
  }
}

function formOf(content: Buffer, name: string): FormData {
  const form = new FormData()
  form.append('file', new Blob([new Uint8Array(content)]), name)
  return form
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('The answer has no list.')
  return value
}

function assetOf(value: unknown): { id: string; key: string; url: string } {
  if (typeof value !== 'object' || value === null || !('_id' in value && 'key' in value && 'url' in value)) {
    throw new Error('The answer has no asset.')
  }
  return { id: String(value._id), key: String(value.key), url: String(value.url) }
}
