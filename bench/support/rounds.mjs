// How contenders are compared: in turn, over and over, by their medians.

/** Runs every contender once a round, in reversed order every other round; `run` answers with its figures, by name. */
export async function interleave(contenders, rounds, run) {
  const results = contenders.map((contender) => ({ contender, figures: [] }))
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? results : results.toReversed()
    for (const { contender, figures } of order) figures.push(await run(contender))
  }
  return results
}

/** Median, lowest and highest of one figure over all rounds. */
export function spreadOf(figures, name) {
  const sorted = figures.map((figure) => figure[name]).toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const median = (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2
  return { median, min: sorted[0], max: sorted.at(-1) }
}

/** `1.23 (1.10-1.40)` */
export function formatSpread({ median, min, max }, digits) {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}-${max.toFixed(digits)})`
}
