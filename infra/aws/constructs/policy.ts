import { Fn } from 'aws-cdk-lib'
import { CfnRole, type CfnRoleProps } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import type { Statement } from '../../../core/plan/schema.ts'
import { arn } from '../../../core/plan/targets/aws-permissions.ts'

/**
 * Text of the plan: its placeholders are CloudFormation's own. Policies are plain JSON to the CDK, and writing the function
 * as JSON spares it a token: at a thousand agents tokens are most of the work.
 */
const resolved = (text: string): unknown => (text.includes('${') ? { 'Fn::Sub': text } : text)

/** The ARN of one of this account's and region's resources, by name. */
export const arnOf = (service: string, rest: string): string => Fn.sub(arn(service, rest))

export interface Trust {
  readonly service: string
  readonly conditions?: Readonly<Record<string, unknown>>
}

/** The trust of a service that says on whose behalf it acts: only for resources of this account. */
export const trustFrom = (service: string, resource: string): Trust => ({
  service,
  conditions: {
    StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
    ArnLike: { 'aws:SourceArn': resolved(resource) },
  },
})

/** A role that can do exactly what the plan's statements say. */
export function role(
  scope: Construct,
  id: string,
  props: Pick<CfnRoleProps, 'roleName' | 'path' | 'description'> & {
    readonly trust: Trust
    readonly permissions: readonly Statement[]
  },
): CfnRole {
  const { trust, permissions, ...rest } = props
  return new CfnRole(scope, id, {
    ...rest,
    assumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: trust.service },
          Action: 'sts:AssumeRole',
          Condition: trust.conditions,
        },
      ],
    },
    policies: [
      {
        policyName: 'own',
        policyDocument: { Version: '2012-10-17', Statement: permissions.map(statement) },
      },
    ],
  })
}

function statement({ actions, resources, conditions }: Statement): Record<string, unknown> {
  const condition = Object.entries(conditions ?? {}).map(([operator, tests]) => [
    operator,
    Object.fromEntries(Object.entries(tests).map(([key, value]) => [key, resolved(value)])),
  ])
  return {
    Effect: 'Allow',
    Action: one(actions),
    Resource: one(resources.map(resolved)),
    ...(condition.length === 0 ? {} : { Condition: Object.fromEntries(condition) }),
  }
}

/** IAM stores a list of one as its element; writing it so keeps drift detection quiet. */
const one = (list: readonly unknown[]): unknown => (list.length === 1 ? list[0] : list)
