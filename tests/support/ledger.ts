import type { Acknowledged } from './broken-promises.ts'

/** An upload that was answered with success, and what is known of it since. */
export interface Sent {
  readonly tempId: string
  readonly sha256: string
  /** Until then, by this machine's clock, it must not expire. */
  readonly safeUntil: number
  /** A persist was sent. */
  asked: boolean
  /** A persist was answered. */
  persisted?: { readonly id: string; readonly key: string; readonly url: string }
  /** A drop or a delete was sent that may have been heard. */
  ending: boolean
  /** It was answered that it has ended. */
  over: boolean
}

/** Writes down what the service was asked, what it acknowledged, and every answer that it must not give. */
export class Ledger {
  readonly sent: Sent[] = []
  /** Temporary ids of files that were only ever persisted together. */
  readonly batches: (readonly string[])[] = []
  readonly wrongAnswers: string[] = []
  /** Requests of which nobody knows whether they were heard. */
  inDoubt = 0

  uploaded(tempId: string, sha256: string, safeUntil: number): Sent {
    const file: Sent = { tempId, sha256, safeUntil, asked: false, ending: false, over: false }
    this.sent.push(file)
    return file
  }

  /** A persist was answered with success. */
  persisted(file: Sent, asset: { readonly id: string; readonly key: string; readonly url: string }): void {
    if (file.over) this.wrongAnswers.push(`${file.tempId} was persisted after its end had been answered.`)
    const before = file.persisted?.key ?? asset.key
    if (before !== asset.key) this.wrongAnswers.push(`${file.tempId} was persisted as ${before} and ${asset.key}.`)
    file.persisted = asset
  }

  /** A persist was answered with 404. */
  refused(file: Sent): void {
    if (file.ending) return
    const hadTime = Date.now() < file.safeUntil
    if (file.persisted) this.wrongAnswers.push(`${file.tempId} is unknown, but it was persisted.`)
    else if (hadTime) this.wrongAnswers.push(`${file.tempId} is unknown, but it has time until ${file.safeUntil}.`)
    file.over = true
  }

  /** Files whose persist was acknowledged, and that nobody wanted to end. */
  kept() {
    return this.sent.flatMap(({ persisted, ending, tempId, sha256 }) =>
      persisted && !ending ? [{ ...persisted, tempId, sha256 }] : [],
    )
  }

  /** Files whose end was acknowledged. */
  ended(): Sent[] {
    return this.sent.filter(({ over }) => over)
  }

  acknowledged(): Acknowledged {
    return {
      kept: this.kept(),
      over: this.ended().map(({ tempId }) => tempId),
      asked: this.sent.filter(({ asked }) => asked).map(({ tempId }) => tempId),
      batches: this.batches,
    }
  }
}
