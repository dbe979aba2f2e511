import type { Plan } from '../../core/plan/schema.ts'
import type { Change } from '../../infra/aws/deploy/change.ts'
import { resourceLines } from '../deploy/resource-lines.ts'
import type { StyledLine, Ui } from '../ui/ui.ts'
import { showRights } from './show-rights.ts'

/** What a deploy would do, for people: resources by agent, then who may do more or less than before. */
export function showChange(change: Change, plan: Plan, ui: Ui, { brief = false } = {}): void {
  const lines: StyledLine[] = resourceLines(change.resources, wordOf)
  for (const { stack, kind, status } of change.stacks) {
    if (kind === 'delete') lines.push([{ text: '- ', style: 'red' }, { text: `stack ${stack}` }])
    else if (kind !== 'none' && !change.resources.some((one) => one.stack === stack)) {
      const why = status === undefined ? 'new' : status.endsWith('_COMPLETE') ? 'outputs or conditions' : status
      lines.push([{ text: '~ ', style: 'yellow' }, { text: `stack ${stack} (${why})` }])
    }
  }
  if (lines.length > 0) {
    ui.emit({ kind: 'heading', text: 'Resources' })
    ui.emit({ kind: 'lines', lines })
  }
  showRights(change, plan, ui, brief)
}

/** What people call a type; else its name in CloudFormation, in words. */
const wordOf = (type: string): string =>
  typeWords[type] ?? (type.split('::').at(-1) ?? type).replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()

const typeWords: Readonly<Record<string, string>> = {
  'AWS::ApiGatewayV2::Api': 'HTTP API',
  'AWS::ApiGatewayV2::Integration': 'HTTP API integration',
  'AWS::ApiGatewayV2::Route': 'HTTP API route',
  'AWS::ApiGatewayV2::Stage': 'HTTP API stage',
  'AWS::CodeBuild::Project': 'image builder',
  'AWS::EC2::VPC': 'VPC',
  'AWS::EC2::VPCGatewayAttachment': 'gateway attachment',
  'AWS::EC2::SubnetRouteTableAssociation': 'route table association',
  'AWS::ECS::Cluster': 'ECS cluster',
  'AWS::Events::Rule': 'event rule',
  'AWS::Lambda::EventInvokeConfig': 'function event setting',
  'AWS::Lambda::Permission': 'function permission',
}
