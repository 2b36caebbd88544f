/** What stands at one place of two lists: in one of them or in both. */
export type Pair<T> = { readonly source: T; readonly target?: T } | { readonly source?: undefined; readonly target: T }

/** Reads at most `limit` items behind `after`, in a fixed order; fewer are the last ones. */
export type ReadPage<T> = (limit: number, after?: T) => Promise<readonly T[]>

const PAGE = 200

/** Reads two lists of the same order side by side, a page of each at a time. */
export async function* mergeSorted<T>(
  readSource: ReadPage<T>,
  readTarget: ReadPage<T>,
  compare: (a: T, b: T) => number,
): AsyncGenerator<Pair<T>, void, void> {
  const [sources, targets] = [readAll(readSource), readAll(readTarget)]
  let [source, target] = [await nextOf(sources), await nextOf(targets)]
  while (source !== undefined || target !== undefined) {
    const order = orderOf(source, target, compare)
    if (source !== undefined && order <= 0) yield order === 0 && target !== undefined ? { source, target } : { source }
    else if (target !== undefined) yield { target }
    if (order <= 0) source = await nextOf(sources)
    if (order >= 0) target = await nextOf(targets)
  }
}

/** Reads a list to its end, a page at a time. */
export async function* readAll<T>(read: ReadPage<T>): AsyncGenerator<T, void, void> {
  let page = await read(PAGE)
  for (;;) {
    yield* page
    if (page.length < PAGE) return
    page = await read(PAGE, page.at(-1))
  }
}

/** Negative when only the source stands at this place, positive when only the target does. */
function orderOf<T>(source: T | undefined, target: T | undefined, compare: (a: T, b: T) => number): number {
  if (source === undefined) return 1
  return target === undefined ? -1 : compare(source, target)
}

async function nextOf<T>(items: AsyncGenerator<T, void, void>): Promise<T | undefined> {
  const { value } = await items.next()
  return value ?? undefined
}
