import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { google, ofGoogleType, synthGoogle } from '../support/synth-google.ts'
import {
  agentFiles,
  al,
  type Files,
  model,
  only,
  root,
  scratchDirectory,
  validProjects,
  writeProject,
} from '../support/synth-project.ts'

const compile = (files: Files) =>
  compileProject(projectFiles(writeProject(files), scratchDirectory()), { provider: 'cloud-run' })
const problemsOf = (files: Files): string[] => {
  const compiled = compile(files)
  return compiled.ok ? [] : compiled.problems.map(({ key, message }) => `${key}: ${message}`)
}
const warningsOf = (files: Files): readonly string[] => {
  const compiled = compile(files)
  return compiled.ok ? compiled.plan.warnings : []
}

describe('every valid project', () => {
  test.each(validProjects)('%s: al synth --provider cloud-run writes what it would be on Google Cloud', (project) => {
    const out = join(scratchDirectory(), 'out')
    const args = ['synth', '-p', join(root, project), '--provider', 'cloud-run', '-o', out]
    const { code, stdout } = al(args, { env: { PATH: '/nowhere' } })
    expect(code).toBe(0)
    expect(stdout).toContain('Google Cloud')
    expect(stdout).toContain('Cost at rest: $')
    expect(existsSync(join(out, 'resources.json'))).toBe(true)
  })

  test('for Google Cloud goes into pulumi.out, unless told where', () => {
    const project = writeProject({ 'config.toml': google, ...agentFiles('a') })
    const { code, stderr } = al(['synth', '-p', project])
    expect(code).toBe(0)
    expect(stderr).toContain(`wrote ${join(project, 'pulumi.out')}`)
    expect(existsSync(join(project, 'pulumi.out/resources.json'))).toBe(true)
  })

  test('without a Google Cloud project of its own leaves it open, and says so', async () => {
    const { plan, resources } = await synthGoogle(writeProject({ 'config.toml': model, ...agentFiles('a') }))
    expect(plan.target.assumed).toBe(true)
    expect(only(ofGoogleType({ resources }, 'gcp:cloudrunv2/job:Job'))).toMatchObject({
      project: '${project}',
      location: '${region}',
    })
  })
})

describe('what is only on AWS', () => {
  test('Bedrock is a problem: it is called with an identity that Google Cloud does not give', () => {
    const agent = agentFiles('a', 'schedule = "0 6 * * *"\n[model]\nprovider = "bedrock"\nmodel = "anthropic.claude"\n')
    expect(problemsOf({ 'config.toml': google, ...agent })).toEqual([
      expect.stringMatching(/^model\.provider: "bedrock" is called with the agent's identity in the other cloud/),
    ])
  })

  test('agents on arm64 are a problem: Cloud Run has no such machines', () => {
    expect(problemsOf({ 'config.toml': `${google}architecture = "arm64"\n`, ...agentFiles('a') })).toEqual([
      expect.stringMatching(/^cloud\.architecture: "arm64" is not offered by Cloud Run/),
    ])
  })

  test('shards are a warning', () => {
    expect(warningsOf({ 'config.toml': `${google}shards = 4\n`, ...agentFiles('a') })).toEqual([
      expect.stringMatching(/^cloud\.shards is not used/),
    ])
    expect(warningsOf({ 'config.toml': google, ...agentFiles('a') })).toEqual([])
  })
})

describe('the limits of a Google Cloud project', () => {
  test('so many agents that service accounts run out are a warning with their number', () => {
    const agents = (count: number): Files =>
      Object.assign({}, ...Array.from({ length: count }, (_, i) => agentFiles(`a${i}`)))
    expect(warningsOf({ 'config.toml': google, ...agents(96) })).toEqual([])
    expect(warningsOf({ 'config.toml': google, ...agents(97) })).toEqual([
      expect.stringContaining('101 service accounts are needed, and a Google Cloud project has 100'),
    ])
  })

  test('a job of seven days leaves the agent the time to tell how it ended', () => {
    const compiled = compile({
      'config.toml': `${model}[local]\ntimeout = 604800\n`,
      ...agentFiles('a', 'schedule = "0 6 * * *"\n'),
    })
    const [agent] = compiled.ok ? compiled.plan.agents : []
    expect(agent).toMatchObject({ limitSeconds: 604_800, timeoutSeconds: 604_770 })
  })

  test('a repository in another project is used, and whom to let read it is said', async () => {
    const repository = 'artifactRegistry = "us-docker.pkg.dev/shared/agents"\n'
    const { plan, resources } = await synthGoogle(
      writeProject({ 'config.toml': google + repository, ...agentFiles('a') }),
    )
    expect(plan.warnings).toEqual([
      expect.stringContaining('grant roles/artifactregistry.reader there to service-NUMBER@'),
    ])
    const [job] = ofGoogleType({ resources }, 'gcp:cloudrunv2/job:Job')
    expect(JSON.stringify(job)).toMatch(/"image":"us-docker\.pkg\.dev\/shared\/agents\/base:[0-9a-f]{64}"/)
    // Google takes a repository for the function's image in its own region only.
    const { repositoryId } = only(ofGoogleType({ resources }, 'gcp:artifactregistry/repository:Repository'))
    expect(only(ofGoogleType({ resources }, 'gcp:cloudfunctionsv2/function:Function')).buildConfig).toMatchObject({
      dockerRepository: `projects/acme-prod/locations/europe-west1/repositories/${repositoryId}`,
    })
  })
})
