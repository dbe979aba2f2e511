import type { Plan } from './schema.ts'

type Endpoint = Plan['endpoints'][number]

const run = "the run's own secret"
const key = 'gateway key'

/**
 * Which requests the gateway answers, and who may make them. A `*` at the end stands for whatever follows; of two that
 * fit a request the longer one holds. Each route by itself is in the gateway's `/openapi.json`.
 */
export function endpointsOf({ webhooks, target }: Pick<Plan, 'webhooks' | 'target'>): Endpoint[] {
  return [
    { method: 'GET', path: '/health', access: 'open', what: 'whether the gateway answers' },
    { method: 'GET', path: '/openapi.json', access: 'open', what: 'every route, in full' },
    ...[...new Set(webhooks.flatMap(({ paths }) => paths))].map((path) => deliveriesAt(path, webhooks)),
    { method: 'ANY', path: '/control/*', access: key, what: 'status, runs, trigger, retry, pause, resume, kill' },
    { method: 'GET', path: '/locks/status', access: key, what: 'locks that are held' },
    { method: 'GET', path: '/api/logs/*', access: key, what: 'logs, where the host keeps them' },
    { method: 'GET', path: '/', access: 'open', what: 'leads to the dashboard' },
    { method: 'GET', path: '/dashboard', access: 'open', what: 'the page of the dashboard; its data needs a session' },
    { method: 'GET', path: '/dashboard/*', access: 'open', what: 'its views' },
    { method: 'GET', path: '/assets/*', access: 'open', what: 'its script and style' },
    { method: 'ANY', path: '/login', access: 'open', what: 'a session of the dashboard for the gateway key' },
    { method: 'POST', path: '/logout', access: 'open', what: 'ends a session of the dashboard' },
    { method: 'ANY', path: '/runs/*', access: run, what: 'claim, heartbeat, finish' },
    { method: 'ANY', path: '/locks/*', access: run, what: 'take, prolong and give back a lock' },
    { method: 'POST', path: '/calls', access: run, what: 'call another agent' },
    { method: 'GET', path: '/calls/*', access: run, what: 'what has become of a call' },
    { method: 'POST', path: '/signals/*', access: run, what: 'status, rerun, return value, trigger' },
    { method: 'POST', path: '/shutdown', access: run, what: 'end the own run' },
    ...(target.provider === 'gcp'
      ? [
          {
            method: 'POST',
            path: '/internal/*',
            access: "the caller's identity",
            what: 'ticks, the sweep, ends of jobs',
          },
        ]
      : []),
  ]
}

/** Several sources may share a path: a delivery belongs to the one whose secret signed it. */
function deliveriesAt(path: string, webhooks: Plan['webhooks']): Endpoint {
  const here = webhooks.filter(({ paths }) => paths.includes(path))
  const access = here.map(({ secret, unsigned }) => {
    if (secret !== undefined) return 'signed'
    return unsigned === 'accepted' ? 'open (allowUnsigned)' : 'refused: no secret'
  })
  const providers = new Set(here.map(({ provider }) => provider))
  return {
    method: 'POST',
    path,
    access: [...new Set(access)].join(' or '),
    what: `deliveries of ${[...providers].join(', ')}`,
  }
}
