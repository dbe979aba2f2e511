import { join } from 'node:path'
import { GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noMinistack } from '../support/ministack.ts'
import { root } from '../support/synth-project.ts'
import { containerOf, messageOf } from './container.ts'
import { type DeployedProject, deployTime, type EmulatedAccount, emulatedAccount } from './deployed-project.ts'
import { githubDelivery, pullRequest } from './github-delivery.ts'

/**
 * The emulator checks every request against the policies that were deployed, with the functions' own roles. It asks about a cluster
 * where ECS asks about a task definition, and does not know `ecs:cluster`, so that tasks are left to
 * test/launchers/rights.test.ts.
 */
describe.skipIf(noMinistack !== undefined)(`the control plane under its own roles ${noMinistack ?? ''}`, () => {
  let cloud: EmulatedAccount
  let acme: DeployedProject

  beforeAll(async () => {
    cloud = await emulatedAccount({ AUTH: 'true' })
    acme = await cloud.deploy(join(root, 'test/fixtures/acme'))
  }, deployTime)
  afterAll(() => cloud?.stop())

  async function launched(count: number) {
    await expect.poll(() => cloud.launches.length, { timeout: 20_000 }).toBe(count)
    const launch = cloud.launches[count - 1]
    if (launch === undefined) throw new Error('no launch')
    return launch
  }

  test('from a signed delivery to the end of the run, the policies allow what is done, and without them it is refused', async () => {
    expect(await githubDelivery(acme, 'pull_request', pullRequest)).toBe(200)
    const launch = await launched(1)
    // A key of a role's session, and Lambda has taken the request.
    expect([launch.credential.slice(0, 4), launch.status]).toEqual(['ASIA', 202])
    const container = containerOf(acme, messageOf(launch))
    expect((await container.claim('request-1')).status).toBe(200)
    expect((await container.acquire('github pr acme/app#8')).body).toMatchObject({ ok: true })
    expect((await container.heartbeat()).status).toBe(200)
    expect((await container.finish({ outcome: 'completed' })).status).toBe(200)

    await withoutRight(cloud, acme.plan.names.gateway, 'lambda:InvokeFunction')
    expect(await githubDelivery(acme, 'pull_request', pullRequest)).toBe(200)
    expect((await launched(2)).status).toBe(403)
  })
})

/** Takes an action out of the policies of a role. */
async function withoutRight({ config }: EmulatedAccount, RoleName: string, action: string): Promise<void> {
  const iam = new IAMClient(config)
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }))
  for (const PolicyName of PolicyNames) {
    const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))
    const document = JSON.parse(decodeURIComponent(PolicyDocument)) as { Statement: { Action: unknown }[] }
    const Statement = document.Statement.filter(({ Action }) => ![Action].flat().includes(action))
    const changed = JSON.stringify({ ...document, Statement })
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: changed }))
  }
  iam.destroy()
}
