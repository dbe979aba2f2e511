/** AWS's limits that the plan must respect. Source: the quota pages of Lambda and Fargate, November 2026. */
export const lambdaLimits = { seconds: 900, memoryMiB: { min: 128, max: 10_240 }, mibPerVcpu: 1_769 } as const

interface FargateSize {
  readonly vcpus: number
  readonly memoryMiB: number
}

const range = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step)

const gib = 1024

/** The sizes Fargate offers, smallest first. Source: "Task size" in the ECS developer guide. */
const fargateSizes: readonly FargateSize[] = (
  [
    [0.25, [512, gib, 2 * gib]],
    [0.5, range(gib, 4 * gib, gib)],
    [1, range(2 * gib, 8 * gib, gib)],
    [2, range(4 * gib, 16 * gib, gib)],
    [4, range(8 * gib, 30 * gib, gib)],
    [8, range(16 * gib, 60 * gib, 4 * gib)],
    [16, range(32 * gib, 120 * gib, 8 * gib)],
  ] as const
).flatMap(([vcpus, sizes]) => sizes.map((memoryMiB) => ({ vcpus, memoryMiB })))

export const largestFargate = { vcpus: 16, memoryMiB: 120 * gib } as const

/** The smallest size that has at least this much of both, by CPU first; nothing when none has. */
export function fargateSize(vcpus: number, memoryMiB: number): FargateSize | undefined {
  return fargateSizes.find((size) => size.vcpus >= vcpus && size.memoryMiB >= memoryMiB)
}

/** Resources a stack may hold (a quota of CloudFormation). */
export const resourcesPerStack = 500

/** How many resources an agent takes in its stack; the AWS renderer creates exactly these. */
export function resourcesOf(agent: { readonly compute: string; readonly schedules: readonly unknown[] }): number {
  if (agent.compute === 'off') return 0
  // Role, log group, and: function with its event settings, or task definition.
  return (agent.compute === 'lambda' ? 4 : 3) + agent.schedules.length
}

/** Resources per shard, fullest first. */
export function fullestShard(agents: readonly { readonly shard: number; readonly resources: number }[]): number {
  const sums = new Map<number, number>()
  for (const { shard, resources } of agents) sums.set(shard, (sums.get(shard) ?? 0) + resources)
  return Math.max(0, ...sums.values())
}
