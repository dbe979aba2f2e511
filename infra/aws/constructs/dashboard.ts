import { Fn } from 'aws-cdk-lib'
import { CfnDashboard } from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import { deadLettersName } from '../../../core/plan/names.ts'
import type { Plan } from '../../../core/plan/schema.ts'
import { agentDimensions, type Metric, metricNamespace, metrics } from '../../../core/telemetry/metrics.ts'

/** Agents with a line of their own, those with the most to show. */
const mostAgents = 20
const period = 300
/** CloudWatch's own placeholder, which CloudFormation is to leave as it is. */
const agentsName = "${!PROP('Dim.Agent')}"
/** Of a dashboard's 24 columns. */
const width = 12
const height = 6

type Series = readonly unknown[]
interface Graph {
  readonly title: string
  readonly metrics: readonly Series[]
  readonly stacked?: boolean
}

/**
 * How a project does, on one page: its runs, what they take and cost, its queue, its gateway, and each agent beside the
 * others. Agents are found by a search when the page is looked at, so that one more does not change the dashboard.
 */
export function dashboard(scope: Construct, plan: Plan, api: string): CfnDashboard {
  const graphs = [...projectGraphs(plan), ...gatewayGraphs(plan), ...agentGraphs(plan)]
  const widgets = graphs.map((graph, i) => ({
    type: 'metric',
    x: (i % 2) * width,
    y: Math.floor(i / 2) * height,
    width,
    height,
    properties: { region: '${AWS::Region}', view: 'timeSeries', period, ...graph },
  }))
  return new CfnDashboard(scope, 'Dashboard', {
    dashboardName: plan.names.prefix,
    // The placeholders are CloudFormation's: neither region nor API is known before a deploy.
    dashboardBody: Fn.sub(JSON.stringify({ start: '-PT24H', widgets }), { Api: api }),
  })
}

function projectGraphs({ project, environment, names }: Plan): Graph[] {
  const series = (metric: Metric, stat: string, label: string): Series => [
    metricNamespace,
    metric,
    'Project',
    project,
    'Environment',
    environment,
    { stat, label },
  ]
  return [
    {
      title: 'Runs by outcome',
      stacked: true,
      metrics: [
        series(metrics.runsCompleted, 'Sum', 'completed'),
        series(metrics.runsFailed, 'Sum', 'failed'),
        series(metrics.runsKilled, 'Sum', 'killed'),
        series(metrics.runsDropped, 'Sum', 'dropped'),
      ],
    },
    {
      title: 'Duration of runs (ms)',
      metrics: [series(metrics.runDuration, 'p50', 'half'), series(metrics.runDuration, 'p95', '95 %')],
    },
    {
      title: 'Queue',
      metrics: [
        series(metrics.queueTime, 'Maximum', 'longest wait (ms)'),
        series(metrics.eventsRefused, 'Sum', 'refused, queue full'),
        [
          'AWS/SQS',
          'ApproximateNumberOfMessagesVisible',
          'QueueName',
          deadLettersName(names.prefix),
          { stat: 'Maximum', label: 'dead letters' },
        ],
      ],
    },
    {
      title: 'Cost of models (USD) and tokens',
      metrics: [
        series(metrics.cost, 'Sum', 'USD'),
        [...series(metrics.tokens, 'Sum', 'tokens').slice(0, -1), { stat: 'Sum', label: 'tokens', yAxis: 'right' }],
      ],
    },
    {
      title: 'Launches that failed, repairs by the sweep',
      metrics: [series(metrics.launchesFailed, 'Sum', 'launches'), series(metrics.repairs, 'Sum', 'repairs')],
    },
  ]
}

function gatewayGraphs({ names }: Plan): Graph[] {
  const ofApi = (name: string, stat: string, label: string): Series => [
    'AWS/ApiGateway',
    name,
    'ApiId',
    '${Api}',
    { stat, label },
  ]
  const ofFunction = (name: string, label: string): Series => [
    'AWS/Lambda',
    'Errors',
    'FunctionName',
    name,
    { stat: 'Sum', label },
  ]
  return [
    {
      title: 'Errors of gateway and scheduler',
      metrics: [
        ofApi('4xx', 'Sum', 'refused (4xx)'),
        ofApi('5xx', 'Sum', 'failed (5xx)'),
        ofFunction(names.gateway, 'gateway crashed'),
        ofFunction(names.scheduler, 'scheduler failed'),
      ],
    },
    {
      title: 'Latency of the gateway (ms)',
      metrics: [ofApi('Latency', 'p50', 'half'), ofApi('Latency', 'p99', '99 %')],
    },
  ]
}

function agentGraphs({ project, environment }: Plan): Graph[] {
  const byAgent = (metric: Metric, stat: string): Series => {
    const schema = `{${[metricNamespace, ...agentDimensions].join(',')}}`
    const search = `${schema} MetricName="${metric}" Project="${project}" Environment="${environment}"`
    const expression = `SORT(SEARCH('${search}', '${stat}', ${period}), SUM, DESC, ${mostAgents})`
    return [{ expression, label: agentsName }]
  }
  return [
    { title: 'Completed runs by agent', metrics: [byAgent(metrics.runsCompleted, 'Sum')] },
    { title: 'Failed runs by agent', metrics: [byAgent(metrics.runsFailed, 'Sum')] },
    { title: 'Duration by agent (ms, average)', metrics: [byAgent(metrics.runDuration, 'Average')] },
    { title: 'Cost by agent (USD)', metrics: [byAgent(metrics.cost, 'Sum')] },
  ]
}
