import { unavailable } from '../../domain/errors.ts'

/** Waits for `work`, but only so many milliseconds; then throws UNAVAILABLE. The work itself is not ended. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable(`No answer within ${milliseconds / 1000} s.`)), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
