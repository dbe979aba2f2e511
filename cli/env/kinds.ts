/** What an environment can be for. */
export const environmentKinds = ['local', 'ecs', 'cloud-run'] as const
export type EnvironmentKind = (typeof environmentKinds)[number]
