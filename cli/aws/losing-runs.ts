import type { Change } from '../../infra/aws/deploy/change.ts'

/** Agents whose runs a deploy would cut off: what they run on, or the role they act as, goes away or is made anew. */
export function agentsLosingTheirRuns({ resources }: Pick<Change, 'resources'>): string[] {
  const fatal = resources.filter(
    ({ type, kind }) =>
      (type === 'AWS::IAM::Role' || type === 'AWS::Lambda::Function') && (kind === 'remove' || kind === 'replace'),
  )
  return [...new Set(fatal.flatMap(({ agent }) => (agent === undefined ? [] : [agent])))].sort()
}
