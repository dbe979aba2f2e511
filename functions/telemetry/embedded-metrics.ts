import type { Decisions } from '../../core/plan/decisions.ts'
import {
  agentDimensions,
  countedAs,
  type Metric,
  metricNamespace,
  metrics,
  projectDimensions,
} from '../../core/telemetry/metrics.ts'
import type { Embed } from '../cloud/json-log.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * CloudWatch reads metrics from the control plane's own log lines: what is added here tells it which numbers of a line they
 * are (embedded metric format). It costs no request and no time. Nothing is added to lines that measure nothing, nor where
 * the plan has nobody who looks: each metric that has a value in an hour is billed for it.
 *
 * Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function embeddedMetrics(
  { project, environment, metrics: wanted }: Pick<Decisions, 'project' | 'environment' | 'metrics'>,
  now: () => number = Date.now,
): Embed | undefined {
  if (wanted === undefined) return undefined
  const isWanted = ([name]: [Metric, number]) => wanted === 'all' || name === metrics.runsFailed
  return (message, fields = {}) => {
    const measured = measurementsOf(message, fields).filter(isWanted)
    if (measured.length === 0) return undefined
    const ofAgent = wanted === 'all' && typeof fields.agent === 'string'
    return {
      ...Object.fromEntries(measured),
      Project: project,
      Environment: environment,
      ...(ofAgent && { Agent: fields.agent }),
      _aws: {
        Timestamp: now(),
        CloudWatchMetrics: [
          {
            Namespace: metricNamespace,
            Dimensions: [projectDimensions, ...(ofAgent ? [agentDimensions] : [])],
            Metrics: measured.map(([Name]) => ({ Name, Unit: units[Name] ?? 'Count' })),
          },
        ],
      },
    }
  }
}

const units: Partial<Record<Metric, string>> = {
  [metrics.runDuration]: 'Milliseconds',
  [metrics.queueTime]: 'Milliseconds',
  [metrics.cost]: 'None',
}

/** By the message of the control plane's line. A number that is not there is not a measured zero. */
function measurementsOf(message: string, fields: Fields): [Metric, number][] {
  switch (message) {
    case 'run ended':
      return endOfRun(fields)
    case 'event refused':
      return [[metrics.eventsRefused, 1]]
    case 'launch did not start anything':
    case 'launch failed; the sweep tries again':
      return [[metrics.launchesFailed, 1]]
    case 'sweep repaired':
      return [[metrics.repairs, 1]]
    default:
      return []
  }
}

function endOfRun({ outcome, ranMs, queuedMs, totalTokens, cost }: Fields): [Metric, number][] {
  const counted = Object.entries(countedAs).find(([name]) => name === outcome)?.[1]
  const measured: [Metric, unknown][] = [
    [metrics.runDuration, ranMs],
    [metrics.queueTime, queuedMs],
    [metrics.tokens, totalTokens],
    [metrics.cost, cost],
  ]
  return [
    ...(counted === undefined ? [] : [[counted, 1] satisfies [Metric, number]]),
    ...measured.flatMap(([name, value]): [Metric, number][] => (typeof value === 'number' ? [[name, value]] : [])),
  ]
}
