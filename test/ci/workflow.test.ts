import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { cloudPlan } from '../../cli/deploy/cloud-plan.ts'
import { googleCiNames } from '../../core/plan/targets/gcp-deploy-permissions.ts'
import { agentFiles, al, type Files, model, scratchDirectory, writeProject } from '../support/synth-project.ts'

interface Step {
  readonly name?: string
  readonly uses?: string
  readonly run?: string
  readonly if?: string
  readonly with?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
}
interface Job {
  readonly if: string
  readonly 'runs-on': string
  readonly environment?: string
  readonly permissions: Readonly<Record<string, string>>
  readonly concurrency: { readonly group: string; readonly 'cancel-in-progress': boolean }
  readonly env?: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}
interface Workflow {
  readonly on: Readonly<Record<string, { readonly branches?: string[]; readonly paths?: string[] } | null>>
  readonly permissions: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  readonly jobs: { readonly diff: Job; readonly deploy: Job }
}

const cloud = (more = '') => `${model}\n[cloud]\nprovider = "ecs"\nawsRegion = "eu-west-1"\n${more}`
const onGoogle = `${model}\n[cloud]\nprovider = "cloud-run"\ngcpProject = "my-project"\nregion = "europe-west1"\n`
const files: Files = { 'config.toml': cloud(), 'environments/prod.toml': '', ...agentFiles('dev') }
const googleFiles: Files = { ...files, 'config.toml': onGoogle }
const account = '123456789012'

const ci = (project: string, ...args: string[]) => al(['ci', 'github', '-p', project, ...args])

/** Writes the workflow of a project and reads it. */
function workflowOf(args: readonly string[] = [], project = writeProject(files)): { text: string; workflow: Workflow } {
  const { code, stdout, stderr } = ci(project, '--json', ...args)
  if (code !== 0) throw new Error(stderr)
  const text = readFileSync(JSON.parse(stdout).path, 'utf8')
  return { text, workflow: parse(text) as Workflow }
}

const scriptOf = ({ steps }: Job, name: string): string => steps.find((step) => step.name === name)?.run ?? ''

describe('a workflow', () => {
  test('compares on pull requests and deploys the branch, each with a role of its own and no key', () => {
    const { text, workflow } = workflowOf(['--account', account])
    expect(workflow.on.pull_request?.branches).toEqual(['main'])
    expect(workflow.on.push?.branches).toEqual(['main'])
    expect(workflow.on).not.toHaveProperty('pull_request_target')
    const { diff, deploy } = workflow.jobs
    const roleOf = ({ steps }: Job) => steps.find(({ uses }) => uses?.includes('configure-aws-credentials'))?.with
    expect(roleOf(diff)).toEqual({
      'role-to-assume': `arn:aws:iam::${account}:role/al-ci/demo/default/al-demo_default-diff`,
      'aws-region': 'eu-west-1',
    })
    expect(roleOf(deploy)).toEqual({
      'role-to-assume': `arn:aws:iam::${account}:role/al-ci/demo/default/al-demo_default-deploy`,
      'aws-region': 'eu-west-1',
    })
    expect(scriptOf(diff, 'Compare with what is deployed')).toContain('al diff')
    expect(scriptOf(deploy, 'Deploy')).toContain('al deploy -p "$AL_PROJECT" --yes')
    expect(text).not.toMatch(/secrets\.|access-key|ACCESS_KEY/)
  })

  test('has no more rights than each job needs', () => {
    const { permissions, jobs } = workflowOf().workflow
    expect(permissions).toEqual({})
    expect(jobs.diff.permissions).toEqual({ contents: 'read', 'id-token': 'write', 'pull-requests': 'write' })
    expect(jobs.deploy.permissions).toEqual({ contents: 'read', 'id-token': 'write' })
    for (const { steps } of Object.values(jobs)) {
      expect(steps.find(({ uses }) => uses?.startsWith('actions/checkout@'))?.with).toEqual({
        'persist-credentials': false,
      })
    }
  })

  test('never runs two deploys of an environment at once, and cuts none off', () => {
    const one = workflowOf().workflow.jobs.deploy.concurrency
    const other = workflowOf(['-E', 'prod']).workflow.jobs.deploy.concurrency
    expect(one).toEqual({ group: 'al-demo_default deploy', 'cancel-in-progress': false })
    expect(other).toEqual({ group: 'al-demo_prod deploy', 'cancel-in-progress': false })
  })

  test('puts nothing of an event into a script: what others write is read from variables', () => {
    const { jobs } = workflowOf(['-E', 'prod', '--github-environment', 'production']).workflow
    for (const { steps } of Object.values(jobs)) {
      for (const { run } of steps) expect(run ?? '').not.toContain('${{')
    }
    const text = JSON.stringify(jobs)
    const inputs = [...text.matchAll(/github\.event\.([a-z_.]+)/g)].map(([, path]) => path)
    expect(new Set(inputs)).toEqual(new Set(['pull_request.number', 'pull_request.head.repo.full_name']))
  })

  test.each([
    ['--branch', 'main"\n    evil: true'],
    ['--branch', '${{ github.head_ref }}'],
    ['--branch', "main' || true || '"],
    ['--github-environment', '${{ inputs.x }}'],
    ['--role-arn', 'arn:aws:iam::123456789012:role/x\n'],
    ['--diff-role-arn', 'deploy'],
    ['--account', '12345'],
  ])('is not written with %s %j', (flag, value) => {
    const project = writeProject(files)
    const { code, stderr } = ci(project, flag, value)
    expect([code, stderr]).toEqual([2, expect.stringContaining(`${flag}: `)])
    expect(existsSync(join(project, '.github'))).toBe(false)
  })

  test('lies in the root of the checkout and is about the project in it alone', () => {
    const root = scratchDirectory()
    mkdirSync(join(root, '.git'))
    const project = join(root, 'bots', 'acme')
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(project, path, '..'), { recursive: true })
      writeFileSync(join(project, path), text)
    }
    const { workflow } = workflowOf([], project)
    expect(existsSync(join(root, '.github', 'workflows', 'al.yml'))).toBe(true)
    expect(workflow.env.AL_PROJECT).toBe('bots/acme')
    for (const event of ['pull_request', 'push']) {
      expect(workflow.on[event]?.paths).toEqual(['bots/acme/**', '.github/workflows/al.yml'])
    }
  })

  test('uses the release that the repository has locked, where it has one', () => {
    const install = ({ jobs }: Workflow) => scriptOf(jobs.deploy, 'Install al')
    expect(install(workflowOf().workflow)).toMatch(/^npm install --global --ignore-scripts action-llama@\d\S+ @aws-cdk/)
    const locked = {
      ...files,
      'package.json': '{"devDependencies":{"action-llama":"0.14.0"}}',
      'package-lock.json': '{}',
    }
    expect(install(workflowOf([], writeProject(locked)).workflow)).toMatch(/^npm ci --ignore-scripts\n/)
  })

  test('runs on machines of the kind that images are built for', () => {
    const arm = { ...files, 'config.toml': cloud('architecture = "arm64"\n') }
    expect(workflowOf([], writeProject(arm)).workflow.jobs.deploy['runs-on']).toBe('ubuntu-24.04-arm')
    const elsewhere = { ...files, 'config.toml': cloud('architecture = "arm64"\nbuild = "codebuild"\n') }
    expect(workflowOf([], writeProject(elsewhere)).workflow.jobs.deploy['runs-on']).toBe('ubuntu-latest')
  })

  test('is written again only when it would be the same, or by force', () => {
    const project = writeProject(files)
    const { text } = workflowOf([], project)
    const path = join(project, '.github', 'workflows', 'al.yml')
    expect(ci(project).stdout).toContain('is up to date')
    writeFileSync(path, `${text}# mine\n`)
    expect(ci(project)).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') })
    expect(readFileSync(path, 'utf8')).toBe(`${text}# mine\n`)
    expect(ci(project, '--force').code).toBe(0)
    expect(readFileSync(path, 'utf8')).toBe(text)
  })

  test('needs a cloud', () => {
    expect(ci(writeProject({ ...files, 'config.toml': model }))).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('al setup cloud'),
    })
  })
})

describe('a workflow for Google Cloud', () => {
  const signInOf = ({ steps }: Job) => steps.find(({ uses }) => uses?.startsWith('google-github-actions/auth@'))

  test('signs in through the identity pool, as an account of its own for each job, and has no key', () => {
    const { text, workflow } = workflowOf(['--account', account], writeProject(googleFiles))
    const { diff, deploy } = workflow.jobs
    const names = googleCiNames(cloudPlan({ project: writeProject(googleFiles) }))
    const provider = `projects/${account}/locations/global/workloadIdentityPools/${names.pool}/providers/github`
    const asAccount = (service_account: string) => ({ workload_identity_provider: provider, service_account })
    expect(signInOf(diff)?.with).toEqual(asAccount(names.diff))
    expect(signInOf(deploy)?.with).toEqual(asAccount(names.deploy))
    expect(signInOf(diff)?.if).toContain('github.event.pull_request.head.repo.full_name == github.repository')
    expect(deploy.permissions).toEqual({ contents: 'read', 'id-token': 'write' })
    expect(text).not.toMatch(/secrets\.|credentials_json|AWS|cdk/)
  })

  test('brings the CLI of Pulumi, also beside what the repository has locked', () => {
    const install = (given: Files) => scriptOf(workflowOf([], writeProject(given)).workflow.jobs.deploy, 'Install al')
    expect(install(googleFiles)).toMatch(
      /^npm install --global --ignore-scripts action-llama@\d\S+ pulumi@3\.\d+\.\d+\n$/,
    )
    const packageJson = '{"devDependencies":{"action-llama":"0.14.0"}}'
    const locked = { ...googleFiles, 'package.json': packageJson, 'package-lock.json': '{}' }
    expect(install(locked)).toMatch(
      /^npm ci --ignore-scripts\n[^\n]+\nnpm install --global --ignore-scripts pulumi@3\S+\n$/,
    )
  })

  test('says which variable names the pool, where the number of the project is not known', () => {
    const project = writeProject(googleFiles)
    expect(ci(project).stdout).toContain("the repository's variables AL_IDENTITY_PROVIDER")
    const text = readFileSync(join(project, '.github', 'workflows', 'al.yml'), 'utf8')
    expect(text.match(/vars\.AL_IDENTITY_PROVIDER/g)).toHaveLength(2)
  })

  test.each([
    ['--account', 'my-project'],
    ['--role-arn', 'arn:aws:iam::123456789012:role/deploy'],
  ])('is not written with %s %s', (flag, value) => {
    const project = writeProject(googleFiles)
    expect(ci(project, flag, value)).toMatchObject({ code: 2, stderr: expect.stringContaining(`${flag}: `) })
    expect(existsSync(join(project, '.github'))).toBe(false)
  })
})

const actionlint = process.env.AL_ACTIONLINT ?? 'actionlint'
const noActionlint = spawnSync(actionlint, ['-version']).error ? 'actionlint is missing' : undefined

test.skipIf(noActionlint)(`actionlint finds nothing${noActionlint ? ` (${noActionlint})` : ''}`, () => {
  for (const args of [[], ['-E', 'prod', '--github-environment', 'production', '--account', account]]) {
    for (const given of [files, googleFiles]) {
      const { text } = workflowOf(args, writeProject(given))
      const { status, stdout } = spawnSync(actionlint, ['-'], { input: text, encoding: 'utf8' })
      expect([status, stdout]).toEqual([0, ''])
    }
  }
})

/** Runs a step of the job that compares as a runner would, with programs of ours in place of `al` and `gh`. */
function runner(programs: Readonly<Record<string, string>>) {
  const directory = scratchDirectory()
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(directory, name), `#!/bin/bash\n${script}\n`)
    chmodSync(join(directory, name), 0o755)
  }
  const { diff } = workflowOf().workflow.jobs
  const env = {
    PATH: `${directory}:${process.env.PATH}`,
    RUNNER_TEMP: directory,
    GITHUB_STEP_SUMMARY: join(directory, 'summary'),
    GITHUB_OUTPUT: join(directory, 'output'),
    GITHUB_REPOSITORY: 'acme/agents',
    PULL_REQUEST: '7',
    AL_PROJECT: '.',
    ...diff.env,
  }
  return {
    run: (step: string) =>
      spawnSync('bash', ['-e', '-c', scriptOf(diff, step)], { encoding: 'utf8', cwd: directory, env }),
    file: (name: string) => readFileSync(join(directory, name), 'utf8'),
  }
}

describe('the comment', () => {
  const gh = (ids: string) => `echo "$@" >> "$RUNNER_TEMP/gh.log"
case "$*" in *--paginate*) printf '${ids}' ;; *) for a in "$@"; do case "$a" in body=@*) cat "\${a#body=@}" > "$RUNNER_TEMP/posted" ;; esac; done ;; esac`
  const compare = 'Compare with what is deployed'

  test('holds the difference as text, whatever it says', () => {
    const diff = '```\n</details><script>alert(1)</script> @everyone\n$(touch "$RUNNER_TEMP/pwned")'
    const { run, file } = runner({ al: `cat <<'END'\n${diff}\nEND`, gh: gh('') })
    expect(run(compare).status).toBe(0)
    expect(run('Comment').status).toBe(0)
    const posted = file('posted')
    expect(posted).toMatch(/^<!-- al diff al-demo_default -->\n\*\*What merging/)
    for (const line of diff.split('\n')) expect(posted).toContain(`\n    ${line}\n`)
    expect(file('gh.log')).toContain('--method POST repos/acme/agents/issues/7/comments')
    expect(() => file('pwned')).toThrow()
  })

  test('is changed the next time, not added', () => {
    const { run, file } = runner({ al: 'echo changes', gh: gh('11\\n12\\n') })
    run(compare)
    run('Comment')
    expect(file('gh.log')).toContain('--method PATCH repos/acme/agents/issues/comments/11 ')
    expect(file('gh.log')).not.toContain('POST')
  })

  test('says why when the comparison fails, and the job fails with it', () => {
    const { run, file } = runner({ al: 'echo "error: AWS refused" >&2; exit 5', gh: gh('') })
    expect(run(compare).status).toBe(5)
    run('Comment')
    expect(file('posted')).toContain('**The comparison failed** (exit code 5)\n\n    error: AWS refused')
  })

  test('fits, however long the difference is', () => {
    const { run, file } = runner({ al: 'yes a long line of the difference | head -n 5000', gh: gh('') })
    expect(run(compare).status).toBe(0)
    run('Comment')
    expect(file('posted').length).toBeLessThan(65_536)
  })
})
