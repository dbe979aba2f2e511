import { expression, type SignIn, type WorkflowCloud } from './sign-in.ts'

/** What a workflow is written from. Every text is checked by `checkedNames` before: it becomes part of YAML and of conditions. */
export interface WorkflowOptions {
  /** `al-<project>_<environment>`: one deploy at a time per prefix, and one comment. */
  readonly prefix: string
  /** The project's directory, seen from the root of the repository; `.` if it is the root. */
  readonly project: string
  readonly environment?: string
  /** Path of the workflow itself, seen from the root of the repository. */
  readonly file: string
  readonly branch: string
  readonly cloud: WorkflowCloud
  /** Of GitHub, with its rules about who approves a deploy. */
  readonly githubEnvironment?: string
  readonly install: Install
}

/** Where the runner gets `al` from: the repository's own lock file, or the registry. */
export type Install =
  | { readonly from: 'lock-file'; readonly beside: readonly string[] }
  | { readonly from: 'registry'; readonly packages: readonly string[] }

/**
 * A workflow for GitHub Actions: a pull request is compiled and gets a comment with what merging it would change; a push to
 * the branch deploys. It signs in by OpenID Connect, so there is no key to keep.
 */
export function githubWorkflow(options: WorkflowOptions): string {
  const { prefix, project, environment, file, branch, cloud } = options
  const paths = project === '.' ? [] : [`    paths: [${[`${project}/**`, file].map(quoted).join(', ')}]`]
  return lines(
    '# Written by `al ci github`, and yours to change; `al ci github --force` writes it anew.',
    '#',
    '# Actions are named by major version, which their owners can move. To pin them, put the commit behind the @ and the',
    '# version behind it as a comment; Dependabot ("github-actions") keeps such pins up to date.',
    `name: ${quoted(`al ${prefix}`)}`,
    '',
    'on:',
    '  pull_request:',
    `    branches: [${quoted(branch)}]`,
    paths,
    '  push:',
    `    branches: [${quoted(branch)}]`,
    paths,
    '  workflow_dispatch:',
    '',
    '# Each job says what it needs.',
    'permissions: {}',
    '',
    'env:',
    `  AL_PROJECT: ${quoted(project)}`,
    ...(environment === undefined ? [] : [`  AL_ENV: ${quoted(environment)}`]),
    ...Object.entries(cloud.env).map(([name, value]) => `  ${name}: ${quoted(value)}`),
    '',
    'jobs:',
    diffJob(options),
    '',
    deployJob(options),
  )
}

const diffJob = (options: WorkflowOptions) => [
  '  diff:',
  "    if: github.event_name == 'pull_request'",
  '    runs-on: ubuntu-latest',
  '    timeout-minutes: 15',
  '    permissions:',
  '      contents: read',
  '      id-token: write',
  '      pull-requests: write',
  '    concurrency:',
  `      group: ${quoted(`${options.prefix} diff ${expression('github.event.pull_request.number')}`)}`,
  '      cancel-in-progress: true',
  '    env:',
  `      MARKER: ${quoted(`<!-- al diff ${options.prefix} -->`)}`,
  '    steps:',
  ...setUp(options.install),
  step('Compile', [`al synth -p "$AL_PROJECT" -o "$RUNNER_TEMP/${options.cloud.compiled}"`]),
  '      # Pull requests from forks get no identity. They are compiled, and compared after the merge.',
  signIn(options.cloud.signIn.diff, ownRepository),
  step('Compare with what is deployed', compareScript, { id: 'compare', condition: ownRepository }),
  step('Comment', commentScript, {
    condition: `\${{ !cancelled() && steps.compare.outputs.report != '' }}`,
    env: { GH_TOKEN: expression('github.token'), PULL_REQUEST: expression('github.event.pull_request.number') },
  }),
]

const ownRepository = 'github.event.pull_request.head.repo.full_name == github.repository'

/** Indented, the text stays text, whatever it holds. GitHub takes comments of up to 65,536 characters. */
const compareScript = [
  'code=0',
  'al diff -p "$AL_PROJECT" > "$RUNNER_TEMP/diff.txt" 2> "$RUNNER_TEMP/notes.txt" || code=$?',
  'cat "$RUNNER_TEMP/notes.txt" >&2',
  'report="$RUNNER_TEMP/report.md"',
  '{',
  '  echo "$MARKER"',
  '  if [ "$code" -eq 0 ]; then echo "**What merging this would change in the cloud**"',
  '  else echo "**The comparison failed** (exit code $code)"; fi',
  '  echo',
  '  cat "$RUNNER_TEMP/diff.txt" "$RUNNER_TEMP/notes.txt" | sed "s/^/    /" | head -c 60000',
  '  echo',
  '} > "$report"',
  'cat "$report" >> "$GITHUB_STEP_SUMMARY"',
  'echo "report=$report" >> "$GITHUB_OUTPUT"',
  'exit "$code"',
]

/** The comment of the last time is changed, so that there is one. Only the workflow's own: anybody can write the marker. */
const commentScript = [
  'comments="repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments"',
  'mine=\'.[] | select(.user.login == "github-actions[bot]" and (.body | startswith(env.MARKER))) | .id\'',
  'ids=$(gh api --paginate "$comments" --jq "$mine")',
  "id=${ids%%$'\\n'*}",
  'if [ -n "$id" ]; then',
  '  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" -F "body=@$RUNNER_TEMP/report.md"',
  'else',
  '  gh api --silent --method POST "$comments" -F "body=@$RUNNER_TEMP/report.md"',
  'fi',
]

const deployJob = (options: WorkflowOptions) => [
  '  deploy:',
  `    if: github.event_name != 'pull_request' && github.ref == 'refs/heads/${options.branch}'`,
  `    runs-on: ${options.cloud.architecture === 'arm64' ? 'ubuntu-24.04-arm' : 'ubuntu-latest'}`,
  // As long as the identity lasts.
  '    timeout-minutes: 60',
  ...(options.githubEnvironment === undefined ? [] : [`    environment: ${quoted(options.githubEnvironment)}`]),
  '    permissions:',
  '      contents: read',
  '      id-token: write',
  '    # Two deploys never run at once, and none is cut off by the next: that one waits.',
  '    concurrency:',
  `      group: ${quoted(`${options.prefix} deploy`)}`,
  '      cancel-in-progress: false',
  '    steps:',
  ...setUp(options.install),
  signIn(options.cloud.signIn.deploy),
  step('Deploy', ['al deploy -p "$AL_PROJECT" --yes']),
]

function setUp(install: Install): string[] {
  const checkout = [
    '      - uses: actions/checkout@v6',
    '        with:',
    '          persist-credentials: false',
    '      - uses: actions/setup-node@v6',
    '        with:',
    '          node-version: 24',
  ]
  // Scripts of packages run with the job's identity, and nothing here needs them.
  const globally = (packages: readonly string[]) =>
    packages.length === 0 ? [] : [`npm install --global --ignore-scripts ${packages.join(' ')}`]
  const script =
    install.from === 'lock-file'
      ? ['npm ci --ignore-scripts', 'echo "$PWD/node_modules/.bin" >> "$GITHUB_PATH"', ...globally(install.beside)]
      : globally(install.packages)
  return [...checkout, step('Install al', script)]
}

const signIn = ({ uses, with: given }: SignIn, condition?: string): string =>
  lines(
    `      - uses: ${uses}`,
    ...(condition === undefined ? [] : [`        if: ${condition}`]),
    '        with:',
    ...Object.entries(given).map(([name, value]) => `          ${name}: ${quoted(value)}`),
  ).trimEnd()

interface StepOptions {
  readonly id?: string
  readonly condition?: string
  readonly env?: Readonly<Record<string, string>>
}

function step(name: string, script: readonly string[], { id, condition, env }: StepOptions = {}): string {
  return lines(
    `      - name: ${name}`,
    ...(id === undefined ? [] : [`        id: ${id}`]),
    ...(condition === undefined ? [] : [`        if: ${condition}`]),
    ...(env === undefined
      ? []
      : ['        env:', ...Object.entries(env).map(([key, value]) => `          ${key}: ${quoted(value)}`)]),
    '        run: |',
    ...script.map((line) => `          ${line}`),
  ).trimEnd()
}

/** A scalar of YAML in double quotes, which JSON's strings are. */
const quoted = (text: string): string => JSON.stringify(text)

const lines = (...parts: readonly (string | readonly string[])[]): string => `${parts.flat().join('\n')}\n`
