import { CfnFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import type { Plan, Statement } from '../../../core/plan/schema.ts'
import { logsOf } from '../../../core/plan/targets/aws-permissions.ts'
import { serviceMemoryMiB } from '../../../core/plan/targets/service-memory.ts'
import { logGroup } from './log-group.ts'
import { role } from './policy.ts'

export interface ServiceFunctionProps {
  readonly plan: Plan
  readonly name: string
  readonly description: string
  readonly permissions: readonly Statement[]
  readonly code: { readonly s3Bucket: string; readonly s3Key: string }
  readonly environment: Readonly<Record<string, string>>
}

/** A function of the control plane, with its role and its log group. */
export class ServiceFunction extends Construct {
  readonly resource: CfnFunction

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id)
    const { plan, name } = props
    const identity = role(this, 'Role', {
      roleName: name,
      path: plan.names.rolePath,
      description: props.description,
      trust: { service: 'lambda.amazonaws.com' },
      permissions: props.permissions,
    })
    const logs = logGroup(this, logsOf(plan.names, name), plan)
    this.resource = new CfnFunction(this, 'Function', {
      ...sizes,
      functionName: name,
      description: props.description,
      code: props.code,
      handler: 'index.handler',
      role: identity.attrArn,
      // Lambda drops what is below `info` unless told; what is written at all is up to AL_LOG_LEVEL.
      loggingConfig: {
        logGroup: logsOf(plan.names, name),
        logFormat: 'JSON',
        applicationLogLevel: 'DEBUG',
        systemLogLevel: 'WARN',
      },
      environment: { variables: props.environment },
    })
    this.resource.addResourceDependency(logs)
  }
}

/** Requests end after 30 s at the API; arm64 is a fifth cheaper and nothing here is native code. */
const sizes = {
  runtime: 'nodejs24.x',
  architectures: ['arm64'],
  memorySize: serviceMemoryMiB,
  timeout: 30,
}
