/** One question about an id at a time, of which those of the same moment are asked together, at most `most` in one go. */
export function inBatches<T>(
  most: number,
  ask: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): (id: string) => Promise<T | undefined> {
  let next: { readonly ids: string[]; readonly answers: Promise<ReadonlyMap<string, T>> } | undefined
  return async (id) => {
    if (next === undefined || next.ids.length === most) {
      const ids: string[] = []
      const answers = Promise.resolve().then(() => {
        next = undefined
        return ask(ids)
      })
      next = { ids, answers }
    }
    next.ids.push(id)
    return (await next.answers).get(id)
  }
}
