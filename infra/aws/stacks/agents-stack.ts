import { Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { Plan, PlannedAgent } from '../../../core/plan/schema.ts'
import { AwsAgent } from '../constructs/agent.ts'
import { scheduleTarget } from '../constructs/schedule-target.ts'

export interface AgentsStackProps extends StackProps {
  readonly plan: Plan
  readonly agents: readonly PlannedAgent[]
  /** The address of an image by its key, once this stack has it as an asset. */
  readonly imageUri: (stack: Stack, image: string) => string
}

/** The agents of one shard. */
export class AgentsStack extends Stack {
  constructor(scope: Construct, id: string, { plan, agents, imageUri, ...props }: AgentsStackProps) {
    super(scope, id, props)
    const target = scheduleTarget(plan)
    const images = new Map([...new Set(agents.map(({ image }) => image))].map((key) => [key, imageUri(this, key)]))
    for (const agent of agents) {
      new AwsAgent(this, { plan, agent, imageUri: images.get(agent.image) ?? '', target })
    }
  }
}
