import { Fn } from 'aws-cdk-lib'
import {
  CfnInternetGateway,
  CfnRoute,
  CfnRouteTable,
  CfnSecurityGroup,
  CfnSubnet,
  CfnSubnetRouteTableAssociation,
  CfnVPC,
  CfnVPCGatewayAttachment,
} from 'aws-cdk-lib/aws-ec2'
import { Construct } from 'constructs'
import type { Plan } from '../../../core/plan/schema.ts'

/** Where tasks run, as the launcher names it. */
export interface TaskNetwork {
  /** Ids, separated by commas. */
  readonly subnets: string
  /** The same; empty where the VPC's default group is meant. */
  readonly securityGroups: string
}

/** The given subnets, or a network of our own. */
export function taskNetwork(scope: Construct, plan: Plan): TaskNetwork | undefined {
  switch (plan.network.kind) {
    case 'none':
      return undefined
    case 'given':
      return { subnets: plan.network.subnets.join(','), securityGroups: plan.network.securityGroups.join(',') }
    case 'created':
      return new PublicNetwork(scope, plan)
  }
}

/**
 * A VPC with two public subnets and nothing that costs at rest: no NAT gateway, no endpoints. Tasks get a public address
 * for as long as they run; nothing can connect to them, since their security group has no inbound rule.
 */
class PublicNetwork extends Construct implements TaskNetwork {
  readonly subnets: string
  readonly securityGroups: string

  constructor(scope: Construct, plan: Plan) {
    super(scope, 'Network')
    const tags = [{ key: 'Name', value: plan.names.prefix }]
    const vpc = new CfnVPC(this, 'Vpc', {
      cidrBlock: '10.0.0.0/16',
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags,
    })
    const internet = new CfnInternetGateway(this, 'Internet', { tags })
    const attached = new CfnVPCGatewayAttachment(this, 'Attachment', {
      vpcId: vpc.ref,
      internetGatewayId: internet.ref,
    })
    const routes = new CfnRouteTable(this, 'Routes', { vpcId: vpc.ref, tags })
    const out = new CfnRoute(this, 'Out', {
      routeTableId: routes.ref,
      destinationCidrBlock: '0.0.0.0/0',
      gatewayId: internet.ref,
    })
    out.addResourceDependency(attached)
    const subnets = [0, 1].map((zone) => {
      const subnet = new CfnSubnet(this, `Subnet${zone + 1}`, {
        vpcId: vpc.ref,
        availabilityZone: Fn.select(zone, Fn.getAzs()),
        cidrBlock: `10.0.${zone * 64}.0/18`,
        // The launcher asks for a public address per task; nothing else in here gets one.
        mapPublicIpOnLaunch: false,
        tags,
      })
      new CfnSubnetRouteTableAssociation(this, `Routes${zone + 1}`, { subnetId: subnet.ref, routeTableId: routes.ref })
      return subnet
    })
    const group = new CfnSecurityGroup(this, 'OutboundOnly', {
      groupDescription: 'Agents: outbound only, nothing comes in',
      vpcId: vpc.ref,
      securityGroupEgress: [{ ipProtocol: '-1', cidrIp: '0.0.0.0/0', description: 'anywhere' }],
    })
    this.subnets = Fn.join(
      ',',
      subnets.map(({ ref }) => ref),
    )
    this.securityGroups = group.ref
  }
}
