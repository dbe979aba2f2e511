import type { Change } from '../../infra/aws/deploy/change.ts'
import { agentsLosing } from '../../infra/deploy/resource-change.ts'

/** Agents whose runs a deploy would cut off, since what they run on, or the role they act as, is removed or replaced. */
export const agentsLosingTheirRuns = ({ resources }: Pick<Change, 'resources'>): string[] =>
  agentsLosing(['AWS::IAM::Role', 'AWS::Lambda::Function'], resources)
