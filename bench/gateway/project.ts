import { createHmac } from 'node:crypto'
import type { Decisions } from '../../core/plan/decisions.ts'

export const agents = 50
export const secret = 'bench-secret-of-the-webhook'
export const agentName = (i: number): string => `agent-${i}`

/** Fifty agents that listen to one source, each for another repository. */
export const decisions: Decisions = {
  version: 1,
  project: 'bench',
  environment: 'default',
  names: {
    prefix: 'al-bench_default',
    stack: 'al-bench-default',
    table: 'al-bench_default',
    gateway: 'al-bench_default-gateway',
    scheduler: 'al-bench_default-scheduler',
    rolePath: '/al/bench/default/',
  },
  limits: { workQueueSize: 10_000, maxReruns: 10, maxCallDepth: 3, lockTimeoutSeconds: 1800 },
  webhooks: [
    { source: 'github', provider: 'github', paths: ['/webhooks/github'], secret: 'github-secret', unsigned: 'refused' },
  ],
  secrets: [
    {
      id: 'github-secret',
      type: 'github_webhook_secret',
      instance: 'bench',
      field: 'secret',
      optional: false,
      why: 'webhook',
    },
  ],
  telemetry: undefined,
  agents: Array.from({ length: agents }, (_, i) => ({
    name: agentName(i),
    resource: `al-bench_default_${agentName(i)}`,
    compute: 'lambda',
    scale: 10_000,
    limitSeconds: 900,
    timeoutSeconds: 870,
    model: 'anthropic/claude',
    triggers: [
      { source: 'github', filters: { events: ['issues'], repos: [`acme/repo-${i}`], labels: ['ready', 'bug'] } },
    ],
  })),
}

export interface SignedBody {
  readonly body: Buffer
  readonly signature: string
}

/** An event of each repository, of the size that GitHub sends. */
export function signedBodies(): SignedBody[] {
  return Array.from({ length: agents }, (_, i) => {
    const body = Buffer.from(
      JSON.stringify({
        action: 'labeled',
        repository: { full_name: `acme/repo-${i}`, description: 'A repository of the bench. '.repeat(200) },
        sender: { login: 'octocat' },
        issue: {
          number: i,
          title: 'The export of large tables fails',
          html_url: `https://github.com/acme/repo-${i}/issues/${i}`,
          user: { login: 'octocat' },
          labels: [{ name: 'ready' }],
          body: Array.from({ length: 80 }, (_, line) => `Line ${line} says ${(line * 7919) % 1000} things.`).join('\n'),
          reactions: Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`reaction_${n}`, n])),
        },
      }),
    )
    return { body, signature: `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` }
  })
}
