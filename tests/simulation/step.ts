/** One call of a port: what it does to the world, in one indivisible moment. */
export interface Call<Answer> {
  readonly name: string
  /** What else the trace shows; built only when somebody looks. */
  readonly about?: () => string
  /** Does it and answers, or throws what the port throws. */
  readonly effect: () => Answer
  /** Present when the world changes: what the caller hears when its answer is lost. */
  readonly lost?: 'OUTCOME_UNKNOWN' | 'UNAVAILABLE'
  /** Does a part of it, chosen by a number from 0 to 1; for calls that are not indivisible when they fail. */
  readonly part?: (share: number) => void
}

/** Lets a call happen, sooner, later, or never. */
export type Step = <Answer>(call: Call<Answer>) => Promise<Answer>

/** Every call happens where it is made. */
export const atOnce: Step = async (call) => call.effect()
