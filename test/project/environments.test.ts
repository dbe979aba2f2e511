import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import type { Plan } from '../../core/plan/schema.ts'
import { agentToml, modelToml } from '../../core/project/testing/project-in-memory.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { problemsIn, problemsOf, tempProject } from '../support/temp-project.ts'

const own = 'agents/a/agent-config.toml'
const good = { 'config.toml': modelToml, [own]: agentToml }
const home = { 'home/.action-llama/environments/x.toml': '' }

/** Compiles a project whose home directory is the `home` inside it. */
function planOf(files: Readonly<Record<string, string>>, environment?: string): Plan {
  const project = tempProject({ ...good, ...files })
  const compiled = compileProject(projectFiles(project, join(project, 'home')), { environment })
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
  return compiled.plan
}

describe('layers', () => {
  const layers = {
    'config.toml': `maxReruns = 1\n${modelToml}`,
    '.env.toml': 'maxReruns = 2\n',
    'environments/x.toml': 'maxReruns = 3\n',
    'home/.action-llama/environments/x.toml': 'maxReruns = 4\n',
  }

  test('the later of config.toml, .env.toml, environments/x.toml and the one at home wins', () => {
    const paths = Object.keys(layers)
    for (let n = 1; n <= paths.length; n++) {
      const some = Object.fromEntries(Object.entries(layers).slice(0, n))
      // An environment has to exist to be selected.
      const plan = planOf({ ...home, ...some }, 'x')
      expect(plan.limits.maxReruns).toBe(n)
    }
  })

  test('without an environment its files are not read', () => {
    expect(planOf({ ...layers, 'environments/x.toml': 'not even TOML' }).limits.maxReruns).toBe(2)
  })

  test('tables are merged, lists replaced', () => {
    const cloud = '[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\n'
    const subnets = (...ids: string[]) => `subnets = [${ids.map((id) => `"subnet-0123456${id}"`)}]\n`
    const plan = planOf(
      {
        'config.toml': `${modelToml}[local]\ntimeout = 3600\n${cloud}${subnets('7', '8')}disposable = true\n`,
        'environments/x.toml': `[cloud]\nawsRegion = "us-east-1"\n${subnets('9')}`,
      },
      'x',
    )
    expect(plan.target).toMatchObject({ region: 'us-east-1', disposable: true })
    expect(plan.network).toMatchObject({ subnets: ['subnet-01234569'] })
  })

  test('a mistake is told of the layer that makes it', () => {
    const files = {
      ...good,
      'config.toml': `${modelToml}[cloud]\nprovider = "ecs"\n`,
      '.env.toml': 'environment = "x"\n[cloud]\nawsRegion = "Europe"\n',
      'environments/x.toml': 'maxReruns = -1\n',
    }
    expect(problemsOf(files)).toEqual([
      '.env.toml:3 cloud.awsRegion: expected an AWS region such as "eu-west-1", got "Europe"',
      'environments/x.toml:1 maxReruns: expected a whole number, at least 0, got -1',
    ])
  })

  test('an environment may be in the other cloud than the layers below it', () => {
    const plan = planOf(
      {
        'config.toml': `${modelToml}[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\n`,
        'environments/x.toml': '[cloud]\nprovider = "cloud-run"\ngcpProject = "acme-prod"\nregion = "europe-west1"\n',
      },
      'x',
    )
    expect(plan.target).toMatchObject({ provider: 'gcp', account: 'acme-prod', region: 'europe-west1' })
  })
})

describe('which environment', () => {
  const x = { 'environments/x.toml': '' }

  test('is what was asked for, else what .env.toml says, else "default"', () => {
    const overlay = { '.env.toml': 'environment = "x"\nprojectName = "acme"\n' }
    expect(planOf({}).names.prefix).toBe('al-demo_default')
    expect(planOf({ ...x, ...overlay }).names.prefix).toBe('al-acme_x')
    expect(planOf({ ...x, ...overlay, 'environments/y.toml': '' }, 'y').environment).toBe('y')
  })

  test('has to exist, in the project or at home', () => {
    expect(planOf(home, 'x').environment).toBe('x')
    const project = tempProject({ ...good, ...x, '.env.toml': 'environment = "z"\n' })
    const missing = (name: string) =>
      `environments/${name}.toml: environment "${name}" is not defined, here or in ~/.action-llama/environments/${name}.toml; \`al env init ${name}\` makes it`
    expect(problemsIn(project, { environment: 'y' })).toEqual([missing('y')])
    expect(problemsIn(project)).toEqual([missing('z')])
  })

  test('is a name: no path leads out of the directory', () => {
    const project = tempProject({ ...good, 'secret.toml': '' })
    for (const name of ['../secret', 'X', '', 'a/b', 'x'.repeat(64)]) {
      expect(problemsIn(project, { environment: name })).toEqual([expect.stringContaining('is not a name')])
    }
    expect(problemsOf({ ...good, '.env.toml': 'environment = "../x"\n' })).toEqual([
      expect.stringContaining('.env.toml:1 environment: expected 1–63 lower-case letters'),
    ])
  })

  test('one that cannot be read is named together with what is wrong elsewhere', () => {
    const project = tempProject({ ...good, [own]: 'schedule = "x"\n', 'environments/x.toml': '=' })
    expect(problemsIn(project, { environment: 'x' })).toEqual([
      expect.stringContaining(`${own}:1 schedule: "x"`),
      expect.stringContaining('environments/x.toml:1: not valid TOML'),
    ])
  })
})

describe('[cloud]', () => {
  const cloud = (lines: string) => problemsOf({ ...good, 'config.toml': `${modelToml}[cloud]\n${lines}` })

  test('names a provider that is supported', () => {
    expect(cloud('')).toEqual(['config.toml:4 cloud.provider: missing; supported: ecs, cloud-run'])
    expect(cloud('provider = "vps"\nhost = "x"\n')).toEqual([
      'config.toml:5 cloud.provider: unknown provider "vps"; supported: ecs, cloud-run; servers of your own are no serverless target',
    ])
    expect(cloud('provider = "cloudrun"\n')).toEqual([
      'config.toml:5 cloud.provider: unknown provider "cloudrun" (did you mean "cloud-run"?); supported: ecs, cloud-run',
    ])
  })

  test('has what its provider needs, all of it told at once', () => {
    expect(cloud('provider = "ecs"\n')).toEqual([expect.stringContaining('config.toml:4 cloud.awsRegion: missing')])
    expect(cloud('provider = "cloud-run"\n')).toEqual([
      expect.stringContaining('config.toml:4 cloud.gcpProject: missing'),
      expect.stringContaining('config.toml:4 cloud.region: missing'),
    ])
  })

  test.each(['0', '3', '1025', '1.5'])('shards = %s is no power of two up to 1024', (shards) => {
    expect(cloud(`provider = "ecs"\nawsRegion = "eu-west-1"\nshards = ${shards}\n`)).toEqual([
      `config.toml:7 cloud.shards: expected a power of two from 1 to 1024, got ${shards}`,
    ])
  })

  test('has no keys of the other provider', () => {
    expect(cloud('provider = "ecs"\nawsRegion = "eu-west-1"\ngcpProject = "acme-prod"\n')).toEqual([
      'config.toml:7 cloud.gcpProject: is a key of provider "cloud-run", not of "ecs"',
    ])
  })

  test('functions in subnets need a security group', () => {
    const subnets = 'provider = "ecs"\nawsRegion = "eu-west-1"\nlambdaSubnets = ["subnet-01234567"]\n'
    expect(cloud(subnets)).toEqual([expect.stringContaining('cloud.lambdaSecurityGroups: missing')])
    expect(cloud(`${subnets}securityGroups = ["sg-01234567"]\n`)).toEqual([])
  })

  test('keys that have no use any more are accepted, and the plan says why they do nothing', () => {
    const plan = planOf({
      'config.toml': `${modelToml}[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\nbuildBucket = "b"\nschedulerCpu = "256"\n`,
    })
    expect(plan.warnings).toContain('cloud.buildBucket is not used: images go through the CDK bootstrap stack')
    expect(plan.warnings).toContain('cloud.schedulerCpu is not used: there is no scheduler service')
  })
})
