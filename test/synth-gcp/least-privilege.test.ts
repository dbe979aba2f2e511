import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bindingsIn, google, ofGoogleType, synthGoogle } from '../support/synth-google.ts'
import { agentFiles, only, root, validProjects, writeProject } from '../support/synth-project.ts'

const onVertex = {
  'config.toml': google,
  ...agentFiles('plain'),
  ...agentFiles('pinned', 'schedule = "0 6 * * *"\ncredentials = ["github_token:team"]\n'),
  ...agentFiles('caller', 'schedule = "0 6 * * *"\n[model]\nprovider = "vertex"\nmodel = "gemini-3-pro"\n'),
}

describe.each([...validProjects, 'agents on Vertex AI'])('%s', (project) => {
  const synthesized = synthGoogle(project.includes('/') ? join(root, project) : writeProject(onVertex))
  const running = async () => (await synthesized).plan.agents.filter(({ compute }) => compute !== 'off')

  test('there is one service account per running agent, and three for the control plane', async () => {
    const { plan, resources } = await synthesized
    const ids = ofGoogleType({ resources }, 'gcp:serviceaccount/account:Account').map(({ accountId }) => accountId)
    expect(ids.sort()).toEqual(
      [...(await running()).map(({ account }) => account), ...Object.values(plan.google?.accounts ?? {})].sort(),
    )
    const accounts = ofGoogleType({ resources }, 'gcp:cloudrunv2/job:Job').map(
      ({ template }) => (template as { template: { serviceAccount: string } }).template.serviceAccount,
    )
    expect(new Set(accounts).size).toBe((await running()).length)
  })

  test("an agent's account reads exactly its own secrets, each by a binding of that secret, and holds nothing else", async () => {
    const bindings = bindingsIn(await synthesized)
    for (const { name, secrets, model } of await running()) {
      const own = bindings.filter(({ member }) => member === `\${agent-${name}.member}`)
      const read = own.filter(({ kind }) => kind === 'SecretIamMember')
      expect(read.map(({ properties }) => properties.secretId).sort()).toEqual([
        ...new Set(secrets.map(({ id }) => id).sort()),
      ])
      expect(new Set(read.map(({ role }) => role))).toEqual(
        new Set(read.length === 0 ? [] : ['roles/secretmanager.secretAccessor']),
      )
      const rest = own.filter((one) => !read.includes(one))
      expect(rest.map(({ role }) => role)).toEqual(
        model.provider === 'vertex' ? [expect.stringMatching(/\/roles\/al_\w+_models$/)] : [],
      )
    }
  })

  test('the gateway has each job by itself, its own secrets, and one database; nothing of the project as a whole', async () => {
    const { plan, resources } = await synthesized
    const own = bindingsIn({ resources }).filter(({ member }) => member === '${gateway.member}')
    const of = (kind: string) => own.filter((one) => one.kind === kind)
    expect(
      of('JobIamMember')
        .map(({ properties }) => properties.name)
        .sort(),
    ).toEqual((await running()).map(({ resource }) => resource).sort())
    expect(
      of('SecretIamMember')
        .map(({ properties }) => properties.secretId)
        .sort(),
    ).toEqual(plan.gateway.secrets.map(({ id }) => id).sort())
    const { role, properties } = only(of('IAMMember'))
    expect(role).toBe('roles/datastore.user')
    expect(properties.condition).toMatchObject({
      expression: `resource.name == "projects/${plan.target.account ?? '${project}'}/databases/${plan.names.table}"`,
    })
    expect(own).toHaveLength(of('JobIamMember').length + of('SecretIamMember').length + 1)
  })

  test('a role of the whole project is of the builder, for logs and for what Google builds from, or calls a model', async () => {
    const { resources } = await synthesized
    const wide = bindingsIn({ resources }).filter(
      ({ kind, properties }) => kind === 'IAMMember' && properties.condition === undefined,
    )
    for (const { member, role } of wide) {
      if (member === '${builder.member}') expect(role).toBe('roles/logging.logWriter')
      else expect(role).toMatch(/\/roles\/al_\w+_models$/)
    }
    for (const { permissions } of ofGoogleType({ resources }, 'gcp:projects/iAMCustomRole:IAMCustomRole')) {
      for (const permission of permissions as string[]) {
        expect(permission).toMatch(
          /^(?:run\.(?:jobs\.run|jobs\.runWithOverrides|executions\.\w+)|aiplatform\.endpoints\.predict)$/,
        )
      }
    }
  })

  test('what calls the gateway may do nothing else, and nobody but the public and the log sink is outside of the project', async () => {
    const bindings = bindingsIn(await synthesized)
    expect(bindings.filter(({ member }) => member === '${caller.member}')).toEqual([])
    const others = bindings.filter(({ member }) => !/^\$\{[\w-]+\.member\}$/.test(member))
    expect(others.map(({ member, role }) => [member, role])).toEqual(
      expect.arrayContaining([
        ['allUsers', 'roles/run.invoker'],
        ['${stopped.writerIdentity}', 'roles/pubsub.publisher'],
      ]),
    )
    expect(others).toHaveLength(2)
  })
})
