import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileProject } from '../../core/compile.ts'
import { formatProblem } from '../../core/project/problem.ts'
import { agentToml, modelToml, projectInMemory, type Texts } from '../../core/project/testing/project-in-memory.ts'
import { al, problemsOf, tempProject } from '../support/temp-project.ts'

/** Not real, and written in parts, so that no scanner takes this file for a leak. */
const body = 'Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv1Wx2Yz3'
const tokens = {
  GitHub: `ghp_${body.slice(0, 36)}`,
  'GitHub fine-grained': `github_pat_${body}`,
  Anthropic: `sk-ant-api03-${body}`,
  OpenAI: `sk-proj-${body}`,
  OpenRouter: `sk-or-v1-${body}`,
  Groq: `gsk_${body}`,
  xAI: `xai-${body}`,
  Google: `AIza${body.slice(0, 35)}`,
  'AWS id': `AKIA${'ABCD2345EFGH6789'}`,
  Slack: `xoxb-${body}`,
  Sentry: `sntrys_${body}`,
  Linear: `lin_api_${body}`,
  URL: `https://bot:${body.slice(0, 12)}@example.com/x`,
  database: `postgres://bot:${body.slice(0, 12)}@db.example.com/x`,
} as const
/** No pattern knows these; they are only recognised as random, so they are kept out of messages, not out of files. */
const anonymous = {
  // With a capital, or it would be a legal name of a project.
  hex: '9F86d081884c7d659a2feaa0c55ad015',
  base64: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  bearer: 'Bearer abcdef0123456789abcdef0123456789',
  JWT: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc',
} as const

const own = 'agents/a/agent-config.toml'
const good = { 'config.toml': modelToml, [own]: agentToml }

/** Each puts a token where it does not belong. */
const places: Readonly<Record<string, (token: string) => Texts>> = {
  'as a value of the wrong type': (token) => ({ 'config.toml': `maxReruns = "${token}"\n${modelToml}` }),
  'as a list entry of the wrong type': (token) => ({ 'config.toml': `scale = ["${token}"]\n${modelToml}` }),
  'as an unknown key': (token) => ({ 'config.toml': `"${token}" = 1\n${modelToml}` }),
  'as an unknown table': (token) => ({ 'config.toml': `["${token}"]\nx = 1\n${modelToml}` }),
  'as a value of an unknown key': (token) => ({ 'config.toml': `token = "${token}"\n${modelToml}` }),
  'as a name': (token) => ({ 'config.toml': `projectName = "${token}"\n${modelToml}` }),
  'as a time zone': (token) => ({ 'config.toml': `timezone = "${token}"\n${modelToml}` }),
  'as a provider': (token) => ({ 'config.toml': `[model]\nprovider = "${token}"\nmodel = "m"\n` }),
  'as a cloud': (token) => ({ 'config.toml': `${modelToml}[cloud]\nprovider = "${token}"\n` }),
  'as a region': (token) => ({ 'config.toml': `${modelToml}[cloud]\nprovider = "ecs"\nawsRegion = "${token}"\n` }),
  'as a memory size': (token) => ({ 'config.toml': `${modelToml}[local]\nmemory = "${token}"\n` }),
  'as a webhook type': (token) => ({ 'config.toml': `${modelToml}[webhooks.gh]\ntype = "${token}"\n` }),
  'as a signing secret': (token) => ({
    'config.toml': `${modelToml}[webhooks.gh]\ntype = "github"\ncredential = "${token}/"\n`,
  }),
  'as a table of headers': (token) => ({ 'config.toml': `${modelToml}headers = "${token}"\n` }),
  'as a header': (token) => ({ 'config.toml': `${modelToml}headers = { Authorization = "${token}" }\n` }),
  'as a header of telemetry': (token) => ({
    'config.toml': `${modelToml}[telemetry.headers]\nAuthorization = "${token}"\n`,
  }),
  'as a reference in a header': (token) => ({ 'config.toml': `${modelToml}headers = { X = "\${${token}}" }\n` }),
  'beside a syntax error': (token) => ({ 'config.toml': `a = "${token}"\nb = "${token}" c = 1\n` }),
  'in an open string': (token) => ({ 'config.toml': `a = "${token}\n` }),
  'as a bare value': (token) => ({ 'config.toml': `a = ${token}\n` }),
  'twice as a key': (token) => ({ 'config.toml': `"${token}" = 1\n"${token}" = 2\n` }),
  'as a credential': (token) => ({ [own]: `${agentToml}credentials = ["${token}"]\n` }),
  'as the instance of a credential': (token) => ({ [own]: `${agentToml}credentials = ["git_ssh:${token}/"]\n` }),
  'as a schedule': (token) => ({ [own]: `schedule = "${token}"\n` }),
  'as a field of a schedule': (token) => ({ [own]: `schedule = "0 5 * * ${token}"\n` }),
  'as a webhook source': (token) => ({ [own]: `[[webhooks]]\nsource = "${token}"\n` }),
  'as a step': (token) => ({ [own]: `${agentToml}[[preflight]]\nprovider = "${token}"\nparams = {}\n` }),
  'as a parameter of a step': (token) => ({
    [own]: `${agentToml}[[preflight]]\nprovider = "git-clone"\nparams = { repo = "a/b", dest = "/x", depth = "${token}" }\n`,
  }),
  'as an environment': (token) => ({ '.env.toml': `environment = "${token}"\n` }),
}

const messages = (files: Texts): string => {
  const compiled = compileProject(projectInMemory({ ...good, ...files }))
  return compiled.ok ? '' : compiled.problems.map(formatProblem).join('\n')
}

describe.each(Object.entries(places))('%s', (_, place) => {
  test.each(Object.entries({ ...tokens, ...anonymous }))(
    'a token of kind %s is refused and not repeated',
    (_, token) => {
      const told = messages(place(token))
      expect(told).not.toBe('')
      for (const part of token.split(/[\s:@]+/).filter((one) => one.length > 10 && one !== '//example')) {
        if (!part.includes('example.com')) expect(told).not.toContain(part)
      }
    },
  )
})

test('no random text of any position in a configuration is repeated', () => {
  const random = fc
    .tuple(fc.stringMatching(/^[a-zA-Z0-9+/_-]{24,58}$/), fc.constantFrom('a1B', 'Z9q', '0xF'))
    .map(([text, mixed]) => `${mixed}${text.replaceAll('/', 'k')}`)
  fc.assert(
    fc.property(random, fc.constantFrom(...Object.values(places)), (text, place) => {
      expect(messages(place(text))).not.toContain(text)
    }),
    { numRuns: 500 },
  )
})

describe('a file that holds a secret never becomes a plan', () => {
  const into: Readonly<Record<string, (token: string) => Texts>> = {
    'config.toml': (token) => ({ 'config.toml': `${modelToml}baseUrl = "https://x.example/${token}"\n` }),
    'the headers of a model': (token) => ({ 'config.toml': `${modelToml}headers = { X-Extra = "${token}" }\n` }),
    'the headers of telemetry': (token) => ({
      'config.toml': `${modelToml}[telemetry]\nenabled = true\nheaders = { X-Extra = "${token}" }\n`,
    }),
    'the name of a header': (token) => ({ 'config.toml': `${modelToml}headers = { "${token}" = "x" }\n` }),
    '.env.toml': (token) => ({ '.env.toml': `[telemetry]\nserviceName = "${token}"\n` }),
    'the parameters of an agent': (token) => ({ [own]: `${agentToml}[params]\ndeep = [{ x = ["${token}"] }]\n` }),
    'a preflight command': (token) => ({
      [own]: `${agentToml}[[preflight]]\nprovider = "shell"\nparams = { command = "curl -u ${token}" }\n`,
    }),
    'ACTIONS.md': (token) => ({ 'agents/a/ACTIONS.md': `# Dev\n\nUse ${token} to log in.\n` }),
    'test-script.sh': (token) => ({ 'agents/a/test-script.sh': `curl -u '${token}'\n` }),
    "an agent's Dockerfile": (token) => ({ 'agents/a/Dockerfile': `FROM al-agent\nENV X="${token}"\n` }),
    "the project's Dockerfile": (token) => ({ Dockerfile: `FROM al-agent\nRUN login "${token}"\n` }),
  }

  test.each(Object.entries(into))('%s', (_, place) => {
    for (const token of Object.values(tokens)) {
      const problems = problemsOf({ ...good, ...place(token) })
      expect(problems).not.toEqual([])
      expect(problems.join('\n')).not.toContain(token)
      expect(problems.join('\n')).toContain('store it as a credential')
    }
  })

  test('a private key as well, with the line it begins in', () => {
    const key = `-----BEGIN OPENSSH ${'PRIVATE'} KEY-----\n${'b3BlbnNzaC1rZXktdjEA'.repeat(3)}\n`
    expect(problemsOf({ ...good, 'agents/a/ACTIONS.md': `# Dev\n\n${key}` })).toEqual([
      expect.stringContaining('agents/a/ACTIONS.md:3: holds a private key; store it as a credential'),
    ])
  })

  test('a header that is a secret by its name is a reference, whatever its value looks like', () => {
    expect(messages({ 'config.toml': `${modelToml}headers = { Authorization = "hunter2" }\n` })).toContain(
      'write a reference such as',
    )
  })
})

test('what the CLI prints, on both streams, repeats none of them either', () => {
  const secrets = [...Object.values(tokens), anonymous.base64]
  const project = tempProject({
    'config.toml': `${secrets.map((token, i) => `k${i} = "${token}"`).join('\n')}\nscale = "${tokens.GitHub}"\n${modelToml}`,
    [own]: `${agentToml}credentials = [${secrets.map((token) => `"${token}"`).join(', ')}]\n`,
    'agents/b/agent-config.toml': `x = "${tokens.Anthropic}" y\n`,
    'agents/b/ACTIONS.md': secrets.join('\n'),
  })
  const { code, stdout, stderr } = al(['synth', '-p', project], { env: { DEBUG: '1' } })
  expect(code).toBe(3)
  expect(stdout).toBe('')
  for (const token of secrets) expect(stderr).not.toContain(token)
})
