/** How much is done at the same time. */
const width = 8

/** Does the work for each item, eight at a time, whatever becomes of the others. Returns what failed, and how. */
export async function sideBySide<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<{ readonly item: T; readonly error: unknown }[]> {
  const waiting = items.values()
  const failed: { item: T; error: unknown }[] = []
  const worker = async () => {
    for (const item of waiting) {
      try {
        await work(item)
      } catch (error) {
        failed.push({ item, error })
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
  return failed
}
