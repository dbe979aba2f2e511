/** An execution that somebody says has ended. */
export interface StoppedExecution {
  readonly job: string
  /** The last part of its name. */
  readonly execution: string
}

/**
 * The execution that a push of Pub/Sub is about: an entry of Cloud Run's log of system events, in the message's data
 * (`{"message": {"data": "…"}}`) or as it is, where the subscription unwraps messages. Nothing for any other entry.
 *
 *   resource.type                        cloud_run_job
 *   resource.labels.job_name             the job
 *   protoPayload.resourceName            namespaces/<project>/executions/<execution>
 *   labels[run.googleapis.com/…]         the execution's name, in some entries
 *
 * It is only a hint: what became of the execution is asked of Cloud Run.
 */
export function stoppedExecution(body: unknown): StoppedExecution | undefined {
  const entry = unwrapped(body)
  const resource = record(entry.resource)
  const { job_name: job } = record(resource.labels)
  const [, fromPath] = /(?:^|\/)executions\/([^/]+)$/.exec(text(record(entry.protoPayload).resourceName)) ?? []
  const execution = fromPath ?? text(record(entry.labels)['run.googleapis.com/execution_name'])
  if (resource.type !== 'cloud_run_job' || !isName(job) || !isName(execution)) return undefined
  return { job, execution }
}

function unwrapped(body: unknown): Readonly<Record<string, unknown>> {
  const { message, ...rest } = record(body)
  const { data } = record(message)
  if (typeof data !== 'string') return rest
  try {
    return record(JSON.parse(Buffer.from(data, 'base64').toString('utf8')))
  } catch {
    return {}
  }
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Nothing else may become part of a URL. */
const isName = (value: unknown): value is string => typeof value === 'string' && /^[a-z0-9-]{1,80}$/.test(value)
