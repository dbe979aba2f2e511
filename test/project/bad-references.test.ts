import { describe, expect, test } from 'vitest'
import { agentToml, modelToml } from '../../core/project/testing/project-in-memory.ts'
import { problemsOf } from '../support/temp-project.ts'

const own = 'agents/a/agent-config.toml'
const config = (more: string) => ({ 'config.toml': modelToml + more, [own]: agentToml })
const agent = (text: string) => ({ 'config.toml': `${modelToml}[webhooks.gh]\ntype = "github"\n`, [own]: text })
const lists = (ref: string) => problemsOf(agent(`${agentToml}credentials = ["anthropic_key", "${ref}"]\n`))

describe('credentials of an agent', () => {
  test.each(['github_token', 'github_token:bot', ' github_token : bot ', 'git_ssh:host.example'])('%j works', (ref) => {
    expect(lists(ref)).toEqual([])
  })

  test.each([
    ['github_tokn', 'unknown credential type "github_tokn" (did you mean "github_token"?)'],
    ['constructor', 'unknown credential type "constructor"'],
    ['', 'expected a text, got ""'],
    [':bot', 'unknown credential type ""'],
    ['git_ssh:../../etc', 'instance "../../etc" is not a name'],
    ['git_ssh:..', 'instance ".." is not a name'],
    ['git_ssh:a/b', 'instance "a/b" is not a name'],
    ['git_ssh:', 'instance "" is not a name'],
    ['git_ssh:a:b', 'instance "a:b" is not a name'],
    ['github_webhook_secret:main', 'github_webhook_secret is read by the gateway only'],
    ['linear_webhook_secret', 'linear_webhook_secret is read by the gateway only'],
    ['gateway_api_key', 'gateway_api_key is the key to the gateway itself and never reaches an agent'],
    ['vps_ssh', "vps_ssh stays on the operator's machine and never reaches an agent"],
    ['cloudflare_origin_cert:example.com', "cloudflare_origin_cert stays on the operator's machine"],
  ])('%j is refused', (ref, message) => {
    expect(lists(ref)).toEqual([expect.stringContaining(`${own}:2 credentials[1]: ${message}`)])
  })
})

describe('webhooks', () => {
  test('a trigger on a source that is not defined names those that are', () => {
    expect(problemsOf(agent('[[webhooks]]\nsource = "hg"\n'))).toEqual([
      `${own}:2 webhooks[0].source: no [webhooks] source "hg" (did you mean "gh"?); defined: "gh"`,
    ])
    expect(problemsOf({ 'config.toml': modelToml, [own]: '[[webhooks]]\nsource = "gh"\n' })).toEqual([
      `${own}:2 webhooks[0].source: no [webhooks] source "gh"; config.toml defines none`,
    ])
  })

  test.each([
    ['github', 'resources'],
    ['sentry', 'events'],
    ['linear', 'repos'],
    ['mintlify', 'labels'],
    ['test', 'branches'],
  ])('a source of type %s has no filter "%s"', (type, filter) => {
    const files = {
      'config.toml': `${modelToml}[webhooks.src]\ntype = "${type}"\n`,
      [own]: `[[webhooks]]\nsource = "src"\n${filter} = ["x"]\n`,
    }
    expect(problemsOf(files)).toEqual([
      expect.stringContaining(`${own}:3 webhooks[0].${filter}: sources of type "${type}" have no such filter`),
    ])
  })

  test('a source is signed or open, not both', () => {
    const both = config('[webhooks.gh]\ntype = "github"\ncredential = "main"\nallowUnsigned = true\n')
    expect(problemsOf(both)).toEqual([
      'config.toml:7 webhooks.gh.allowUnsigned: contradicts `credential`: keep one of the two',
    ])
  })

  test('a source that is never signed takes no credential', () => {
    expect(problemsOf(config('[webhooks.t]\ntype = "test"\ncredential = "main"\n'))).toEqual([
      'config.toml:6 webhooks.t.credential: sources of type "test" are never signed; remove it',
    ])
  })

  test('the instance of a signing secret is a name', () => {
    expect(problemsOf(config('[webhooks.gh]\ntype = "github"\ncredential = "../x"\n'))).toEqual([
      expect.stringContaining('config.toml:6 webhooks.gh.credential: instance "../x" is not a name'),
    ])
  })

  test('a source is not named like another provider', () => {
    expect(problemsOf(config('[webhooks.github]\ntype = "linear"\n'))).toEqual([
      expect.stringContaining('config.toml:4 webhooks.github: is named like the provider "github"'),
    ])
    expect(problemsOf(config('[webhooks.github]\ntype = "github"\n'))).toEqual([])
  })
})

describe('models', () => {
  const model = (lines: string) => problemsOf({ 'config.toml': `[model]\nmodel = "m"\n${lines}`, [own]: agentToml })

  test('a custom provider needs a URL and a protocol', () => {
    expect(model('provider = "custom"\n').map((line) => line.split(': ').slice(0, 2).join(': '))).toEqual([
      'config.toml:1 model.api: missing',
      'config.toml:1 model.baseUrl: missing',
    ])
    expect(model('provider = "custom"\nbaseUrl = "https://llm.example"\napi = "openai-completions"\n')).toEqual([])
  })

  test('a login of the own machine is no key for an agent, unless the agent is parked', () => {
    const login = '[model]\nprovider = "anthropic"\nmodel = "m"\nauthType = "pi_auth"\n'
    const told = (key: string) => `${own}${key}: "pi_auth" is a login of your own machine`
    expect(problemsOf({ 'config.toml': login, [own]: agentToml })).toEqual([expect.stringContaining(told(' model'))])
    expect(problemsOf({ [own]: agentToml + login })).toEqual([expect.stringContaining(told(':5 model.authType'))])
    expect(problemsOf({ 'config.toml': login, [own]: 'scale = 0\n' })).toEqual([])
  })

  test.each([
    ['${custom_key}', undefined],
    ['Bearer ${custom_key:house}', undefined],
    ['${x_twitter_api:main.bearer_token}', undefined],
    ['${custom_key} and ${openai_key:two}', undefined],
    ['${nope}', 'unknown credential type "nope"'],
    ['${custom_key:house.example.com}', undefined],
    ['${x_twitter_api}', 'name a field of x_twitter_api, as in ${x_twitter_api.api_key}'],
    ['${x_twitter_api:main.secret}', 'name a field of x_twitter_api'],
    ['${github_webhook_secret}', 'github_webhook_secret is read by the gateway only'],
    ['${CUSTOM}', 'unknown credential type "CUSTOM"'],
    ['${custom_key} and ${nope}', 'unknown credential type "nope"'],
    ['${custom_key} and ${', 'unknown credential type ""'],
  ])('the header %j of a model', (value, message) => {
    const problems = model(`provider = "anthropic"\n[model.headers]\nX-Extra = '${value}'\n`)
    expect(problems).toEqual(
      message === undefined ? [] : [expect.stringContaining(`config.toml:5 model.headers.X-Extra: ${message}`)],
    )
  })

  test.each(['Authorization', 'X-Api-Key', 'Cookie', 'X-Auth-Token'])('%s is written as a reference', (header) => {
    expect(model(`provider = "anthropic"\n[model.headers]\n${header} = "hunter2"\n`)).toEqual([
      expect.stringContaining(`config.toml:5 model.headers.${header}: this header looks like a secret`),
    ])
  })

  test('a model that is called with an identity of the other cloud is refused', () => {
    expect(model('provider = "vertex"\n')).toEqual([
      expect.stringContaining('model.provider: "vertex" is called with the agent\'s identity in the other cloud'),
    ])
    expect(model('provider = "bedrock"\n')).toEqual([])
  })
})
