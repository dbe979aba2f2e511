/**
 * A warning for each key of `[cloud]` that is set and that nothing uses, with the reason: such keys are accepted because
 * projects have them, and must not be taken for effective.
 */
export function unusedKeys(cloud: object | undefined, unused: Readonly<Record<string, string>>): string[] {
  const set = Object.entries(unused).filter(
    ([key]) => (cloud as Record<string, unknown> | undefined)?.[key] !== undefined,
  )
  return set.map(([key, why]) => `cloud.${key} is not used: ${why}`)
}
