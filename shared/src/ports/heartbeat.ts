/** How upkeep is doing. */
export interface Pulse {
  /** When a worker last completed a round. */
  readonly lastRunAt?: Date
  /** Records that wait for a worker, for whatever reason; counted up to 10,000. */
  readonly due: number
  /** Those of them that are past their deadline. */
  readonly late: number
  /** Objects that wait to be deleted; counted over at most 10,000 records. */
  readonly garbage: number
}

/** The sign of life that workers leave in the database. */
export interface Heartbeat {
  /** A worker completed a round. */
  beat(at: Date): Promise<void>
  read(now: Date): Promise<Pulse>
}
