import { isDeepStrictEqual } from 'node:util'
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { githubIssuer } from '../../github/repository.ts'
import type { Step } from '../../github/step.ts'
import type { Account } from '../account.ts'
import { AwsFailure, awsFailure } from '../aws-failure.ts'
import { policyDocument } from '../policy-document.ts'
import type { CiRole, CiRoles } from './ci-roles.ts'
import { githubAudience, providerArn } from './github-trust.ts'

const policyName = 'own'

/**
 * What has to be done so that GitHub's workflows can take on the roles; nothing where everything is as it should be. Nothing is
 * changed before a step is applied, and the steps are meant to be applied in order. Throws an `AwsFailure`.
 */
export async function missingSteps(
  roles: CiRoles,
  account: Account,
  // One service for all regions: any of them will do.
  iam: Pick<IAMClient, 'send'> = new IAMClient(account),
): Promise<Step[]> {
  try {
    const steps = await Promise.all([
      providerSteps(account, iam),
      roleSteps(roles.diff, iam),
      roleSteps(roles.deploy, iam),
    ])
    return steps.flat().map(({ what, apply }) => ({ what, apply: () => inPlainWords(apply) }))
  } catch (error) {
    throw awsFailure(error) ?? error
  }
}

async function inPlainWords(apply: () => Promise<void>): Promise<void> {
  try {
    await apply()
  } catch (error) {
    throw awsFailure(error) ?? error
  }
}

async function providerSteps(account: Account, iam: Pick<IAMClient, 'send'>): Promise<Step[]> {
  const arn = providerArn(account)
  const found = await unlessAbsent(iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })))
  if (found === undefined) {
    const request = { Url: `https://${githubIssuer}`, ClientIDList: [githubAudience] }
    return [
      {
        what: `accept identities of GitHub's workflows (${githubIssuer})`,
        apply: async () => void (await iam.send(new CreateOpenIDConnectProviderCommand(request))),
      },
    ]
  }
  if (found.ClientIDList?.includes(githubAudience)) return []
  const request = { OpenIDConnectProviderArn: arn, ClientID: githubAudience }
  return [
    {
      what: `accept identities of GitHub's workflows that are meant for ${githubAudience}`,
      apply: async () => void (await iam.send(new AddClientIDToOpenIDConnectProviderCommand(request))),
    },
  ]
}

async function roleSteps(role: CiRole, iam: Pick<IAMClient, 'send'>): Promise<Step[]> {
  const { name, subject } = role
  const trust = JSON.stringify(role.trust)
  const put: Step = {
    what: `write what role ${name} may do`,
    apply: async () =>
      void (await iam.send(
        new PutRolePolicyCommand({
          RoleName: name,
          PolicyName: policyName,
          PolicyDocument: JSON.stringify(role.policy),
        }),
      )),
  }
  const found = (await unlessAbsent(iam.send(new GetRoleCommand({ RoleName: name }))))?.Role
  if (found === undefined) {
    const request = {
      RoleName: name,
      Path: role.path,
      Description: role.description,
      AssumeRolePolicyDocument: trust,
      Tags: Object.entries(role.tags).map(([Key, Value]) => ({ Key, Value })),
    }
    const create = {
      what: `make role ${name} for ${subject}`,
      apply: async () => void (await iam.send(new CreateRoleCommand(request))),
    }
    return [create, put]
  }
  // Its path tells whose it is: everything else can be changed, and is about to be.
  if (found.Path !== role.path) {
    throw new AwsFailure(
      'configuration',
      `role ${name} exists and is not ours (its path is ${found.Path}): rename or remove it`,
    )
  }
  const steps: Step[] = []
  if (!isDeepStrictEqual(policyDocument(found.AssumeRolePolicyDocument), role.trust)) {
    const request = { RoleName: name, PolicyDocument: trust }
    steps.push({
      what: `let role ${name} be taken on by ${subject}, and by nobody else`,
      apply: async () => void (await iam.send(new UpdateAssumeRolePolicyCommand(request))),
    })
  }
  const policy = await unlessAbsent(iam.send(new GetRolePolicyCommand({ RoleName: name, PolicyName: policyName })))
  if (!isDeepStrictEqual(policyDocument(policy?.PolicyDocument), role.policy)) steps.push(put)
  return steps
}

async function unlessAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof Error && (error.name === 'NoSuchEntityException' || error.name === 'NoSuchEntity'))
      return undefined
    throw error
  }
}
