import { afterEach, beforeEach, expect, test } from 'vitest'
import { googleAddress } from '../../core/google-address.ts'
import type { LaunchOrder } from '../../core/scheduler/launcher.ts'
import { cloudRunExecutions } from '../../functions/gcp/executions.ts'
import { googleApi } from '../../functions/gcp/google-api.ts'
import { cloudRunLauncher } from '../../functions/launchers/cloud-run.ts'
import { planOf } from '../launchers/aws-project.ts'
import { agentFiles, model } from '../support/synth-project.ts'
import { type FakeGoogle, fakeGoogle } from './fake-google.ts'
import { jobRule } from './google-host.ts'

/** What each method needs. Source: "Cloud Run IAM permissions". */
const needs: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^POST [^?]*:run$/, ['run.jobs.run', 'run.jobs.runWithOverrides']],
  [/^POST [^?]*:cancel$/, ['run.executions.cancel']],
  [/^GET [^?]*\/executions(?:\?|$)/, ['run.executions.list']],
  [/^GET [^?]*\/executions\/[^/?]+$/, ['run.executions.get']],
]

let fake: FakeGoogle
beforeEach(async () => {
  fake = await fakeGoogle()
})
afterEach(() => fake.close())

test('the gateway may do to jobs what it does, and nothing else', async () => {
  const plan = planOf({ 'config.toml': model, ...agentFiles('dev', 'schedule = "0 0 1 1 *"\n') }, 'cloud-run')
  const granted = plan.gateway.permissions.flatMap(({ actions }) => actions.filter((one) => one.startsWith('run.')))

  const place = { api: googleApi(async () => 'token', googleAddress(fake.endpoint)), project: 'p', region: 'r' }
  const executions = cloudRunExecutions(place)
  const agent = jobRule('dev', { resource: plan.agents[0]?.resource ?? '' })
  const jobs = [agent.resource]
  const launcher = () => cloudRunLauncher({ ...place, executions, gatewayUrl: 'https://gateway.example', jobs })
  const suffix = '0123456789abcdefghij'
  const order: LaunchOrder = { agent, run: `dev-${suffix}`, suffix, attempt: 1, ticket: 't' }
  await launcher().launch(order)
  await launcher().stop({ ...order, agent: 'dev', rule: agent, compute: 'cloud-run-job', reason: 'killed' })
  for await (const _ of launcher().running?.() ?? []);
  await executions.get(agent.resource, `${agent.resource}-x7k2p`)

  const needed = fake.calls.flatMap(({ method, path }) => {
    const found = needs.find(([asked]) => asked.test(`${method} ${path}`))
    if (found === undefined) throw new Error(`${method} ${path} needs an unknown right`)
    return found[1]
  })
  expect([...new Set(needed)].sort()).toEqual([...granted].sort())
})
