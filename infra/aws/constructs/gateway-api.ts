import { Fn } from 'aws-cdk-lib'
import { CfnApi, CfnIntegration, CfnRoute, CfnStage } from 'aws-cdk-lib/aws-apigatewayv2'
import { type CfnFunction, CfnPermission } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import type { Plan } from '../../../core/plan/schema.ts'
import { logGroup } from './log-group.ts'

/**
 * The HTTP API in front of the gateway. It routes everything to one function, which knows its routes itself: an API may
 * have 300 routes, and webhook sources have no such limit. Who may do what is decided there too, since a webhook proves
 * itself by a signature over its body.
 */
export class GatewayApi extends Construct {
  readonly url: string
  readonly id: string

  constructor(scope: Construct, plan: Plan) {
    super(scope, 'Api')
    const api = new CfnApi(this, 'Http', {
      name: plan.names.prefix,
      description: `Webhooks and control of ${plan.project} (${plan.environment})`,
      protocolType: 'HTTP',
    })
    this.id = api.ref
    this.url = Fn.sub('https://${id}.execute-api.${AWS::Region}.${AWS::URLSuffix}', { id: api.ref })
  }

  /** Apart from the constructor because the function wants to know the URL. */
  serve(gateway: CfnFunction, plan: Plan): void {
    const integration = new CfnIntegration(this, 'Integration', {
      apiId: this.id,
      integrationType: 'AWS_PROXY',
      integrationUri: gateway.attrArn,
      payloadFormatVersion: '2.0',
      timeoutInMillis: 30_000,
    })
    new CfnRoute(this, 'Route', {
      apiId: this.id,
      routeKey: '$default',
      target: Fn.join('/', ['integrations', integration.ref]),
    })
    // Groups under this prefix do not count against the size of the account's log resource policy.
    const logs = logGroup(this, `/aws/vendedlogs${plan.names.rolePath}api`, plan)
    new CfnStage(this, 'Stage', {
      apiId: this.id,
      stageName: '$default',
      autoDeploy: true,
      defaultRouteSettings: { throttlingRateLimit: 100, throttlingBurstLimit: 200 },
      // No query string and no header: either may hold a secret.
      accessLogSettings: {
        destinationArn: logs.attrArn,
        format: JSON.stringify({
          requestId: '$context.requestId',
          ip: '$context.identity.sourceIp',
          time: '$context.requestTimeEpoch',
          method: '$context.httpMethod',
          path: '$context.path',
          status: '$context.status',
          ms: '$context.responseLatency',
          error: '$context.integrationErrorMessage',
        }),
      },
    })
    new CfnPermission(this, 'Invoke', {
      action: 'lambda:InvokeFunction',
      functionName: gateway.ref,
      principal: 'apigateway.amazonaws.com',
      sourceArn: Fn.sub('arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${id}/*/*', {
        id: this.id,
      }),
    })
  }
}
