import { Readable } from 'node:stream'
import { unavailable } from '../../domain/errors.ts'
import { LONGEST_STALL } from './answer-within.ts'
import { Patience } from './patience.ts'

/**
 * The `length` bytes of an answer, as a stream that never ends short: it fails with UNAVAILABLE when S3 breaks off, or
 * gives nothing for half a minute while it is waited for. A reader may be as slow as it likes.
 */
export function watchBody(answer: Readable, length: number): Readable {
  let received = 0
  const fail = (cause?: unknown) => {
    body.destroy(unavailable(`S3 gave ${received} of ${length} bytes and then no more.`, cause))
  }
  const patience = new Patience(fail)
  const body = new Readable({
    read() {
      patience.wait(LONGEST_STALL)
      answer.resume()
    },
    destroy(error, done) {
      patience.rest()
      answer.destroy()
      done(error)
    },
  })
  answer.on('data', (chunk: Buffer) => {
    received += chunk.length
    if (received > length) return fail()
    if (body.push(chunk)) return patience.wait(LONGEST_STALL)
    patience.rest()
    answer.pause()
  })
  answer.on('end', () => {
    if (received !== length) return fail()
    patience.rest()
    body.push(null)
  })
  answer.on('error', fail)
  answer.on('close', () => {
    if (!answer.readableEnded) fail()
  })
  answer.pause()
  return body
}
