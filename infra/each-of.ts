/** Requests at once. Services turn away more, and so much waiting in line makes no whole faster. */
const atOnce = 8

/** Does the same for each of a list, a few at a time. The first failure ends it, once what has begun is over. */
export async function eachOf<T>(list: Iterable<T>, work: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...list]
  const failures: unknown[] = []
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined && failures.length === 0; next = waiting.shift()) {
      await work(next).catch((error: unknown) => failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  if (failures.length > 0) throw failures[0]
}
