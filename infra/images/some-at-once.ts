/** Does all, so many at once. What fails keeps none of the others from being finished; the first failure is thrown. */
export async function someAtOnce<T>(all: readonly T[], atOnce: number, work: (one: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = []
  const waiting = all.values()
  const worker = async () => {
    for (const one of waiting) {
      try {
        await work(one)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker))
  if (failures.length > 0) throw failures[0]
}
