import { Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { Plan, PlannedAgent } from '../../../core/plan/schema.ts'
import { AwsAgent } from '../constructs/agent.ts'

export interface AgentsStackProps extends StackProps {
  readonly plan: Plan
  readonly agents: readonly PlannedAgent[]
  /** The address of an agent's image, once this stack has it as an asset. */
  readonly imageUri: (stack: Stack, agent: PlannedAgent) => string
}

/** The agents of one shard. */
export class AgentsStack extends Stack {
  constructor(scope: Construct, id: string, { plan, agents, imageUri, ...props }: AgentsStackProps) {
    super(scope, id, props)
    for (const agent of agents) new AwsAgent(this, { plan, agent, imageUri: imageUri(this, agent) })
  }
}
