import { createHmac, randomUUID } from 'node:crypto'
import { type DeployedProject, webhookSecret } from './deployed-project.ts'

const repository = { full_name: 'acme/app', owner: { login: 'acme' } }
const organization = { login: 'acme' }
const sender = { login: 'maintainer' }
/** Starts what listens to the label: `ready-for-dev` acme's dev, `plan` its planner. */
export const issue = (label: string) => ({
  action: 'labeled',
  issue: { number: 7, title: 'Login', html_url: 'https://x.test/7', user: sender, labels: [{ name: label }], body: '' },
  label: { name: label },
  repository,
  organization,
  sender,
})
/** Starts acme's reviewer. */
export const pullRequest = {
  action: 'opened',
  pull_request: {
    number: 8,
    title: 'Fix',
    html_url: 'https://x.test/8',
    user: sender,
    labels: [],
    head: { ref: 'fix' },
  },
  repository,
  organization,
  sender,
}

/** Sends a delivery to a deployed gateway as GitHub does; answers the status. */
export async function githubDelivery(
  { reachable }: DeployedProject,
  event: string,
  payload: object,
  secret = webhookSecret,
): Promise<number> {
  const body = JSON.stringify(payload)
  const response = await fetch(`${reachable}/webhooks/github`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
  })
  return response.status
}
