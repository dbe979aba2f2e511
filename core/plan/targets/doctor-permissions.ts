import type { Plan, Statement } from '../schema.ts'
import { arn, iamRole } from './aws-permissions.ts'

/** What comparing needs. */
export function inspect(names: Plan['names']): Statement[] {
  return [
    {
      why: 'compare roles with the plan',
      actions: ['iam:GetRole', 'iam:GetRolePolicy', 'iam:ListRolePolicies', 'iam:ListAttachedRolePolicies'],
      resources: [iamRole(`${names.rolePath}*`)],
    },
    {
      why: 'compare functions with the plan',
      actions: ['lambda:GetFunction'],
      resources: functions(names),
    },
    {
      why: 'compare schedules with the plan',
      actions: ['scheduler:GetSchedule'],
      resources: [arn('scheduler', `schedule/${names.prefix}/*`)],
    },
    {
      why: 'compare task definitions with the plan (the action supports no resource)',
      actions: ['ecs:DescribeTaskDefinition', 'ecs:ListTaskDefinitions'],
      resources: ['*'],
    },
  ]
}

/** What repairing needs. */
export function repair(names: Plan['names']): Statement[] {
  return [
    {
      why: 'put back what a role may do and who may take it on',
      actions: ['iam:PutRolePolicy', 'iam:DeleteRolePolicy', 'iam:DetachRolePolicy', 'iam:UpdateAssumeRolePolicy'],
      resources: [iamRole(`${names.rolePath}*`)],
    },
    {
      why: "put back a function's settings, and its image",
      actions: ['lambda:UpdateFunctionCode', 'lambda:UpdateFunctionConfiguration'],
      resources: functions(names),
    },
    {
      why: 'put back a schedule',
      actions: ['scheduler:UpdateSchedule'],
      resources: [arn('scheduler', `schedule/${names.prefix}/*`)],
    },
    {
      why: 'take back revisions of a task definition that nobody planned (the action supports no resource)',
      actions: ['ecs:DeregisterTaskDefinition'],
      resources: ['*'],
    },
    ...['lambda', 'scheduler'].map((service) => ({
      why: `hand the project's own roles to ${service} again`,
      actions: ['iam:PassRole'],
      resources: [iamRole(`${names.rolePath}*`)],
      conditions: { StringEquals: { 'iam:PassedToService': `${service}.amazonaws.com` } },
    })),
  ]
}

/** The agents', and the two of the control plane. */
const functions = ({ prefix, gateway, scheduler }: Plan['names']): string[] =>
  [`${prefix}_*`, gateway, scheduler].map((name) => arn('lambda', `function:${name}`))
