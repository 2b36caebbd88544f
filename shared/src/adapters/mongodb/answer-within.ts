/** An operation took longer than anybody waits for one; it may still be done. */
export class LateAnswer extends Error {
  override readonly name = 'LateAnswer'
}

/** Settles as `work` does, but fails with `LateAnswer` after `limit` milliseconds: what comes later is ignored. */
export async function answerWithin<T>(limit: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LateAnswer(`No answer within ${limit} ms.`)), limit)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
