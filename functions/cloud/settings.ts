/** Variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A variable that a deploy sets. Throws if it is missing or empty. */
export function needed(env: Environment, name: string): string {
  const value = env[name]
  if (value === undefined || value === '') throw new Error(`${name} is not set: deploy the project again`)
  return value
}
