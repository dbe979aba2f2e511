import type { Change } from '../../infra/aws/deploy/change.ts'
import { agentsLosing } from '../../infra/deploy/resource-change.ts'

/** Agents whose runs a deploy would cut off: what they run on, or the role they act as, goes away or is made anew. */
export const agentsLosingTheirRuns = ({ resources }: Pick<Change, 'resources'>): string[] =>
  agentsLosing(['AWS::IAM::Role', 'AWS::Lambda::Function'], resources)
