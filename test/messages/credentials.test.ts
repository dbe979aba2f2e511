import { canary } from '../creds/store.ts'
import { agentFiles } from '../support/synth-project.ts'
import { anthropicKey, anthropicModel, check, hourly, processRuntime, saidOf } from './mistake.ts'

saidOf('about credentials', [
  {
    title: 'no reference to a credential leads out of the store',
    command: ['creds', 'rm', 'x:..', '--yes'],
    credentials: anthropicKey,
    code: 2,
    says: ['instance ".." is not a name'],
  },
  {
    title: 'a source that nobody signs is told by doctor, with the command that helps',
    files: {
      'config.toml': `${anthropicModel + processRuntime}[webhooks.github]\ntype = "github"\n`,
      ...agentFiles('dev', '[[webhooks]]\nsource = "github"\n'),
    },
    credentials: anthropicKey,
    command: check,
    code: 3,
    says: ['its deliveries are not signed', 'al creds add github_webhook_secret'],
  },
  {
    title: 'keys of other providers, and secrets of Linear and Mintlify, are asked for; the key of Anthropic is not',
    files: {
      'config.toml': `[model]\nprovider = "mistral"\nmodel = "mistral-large-latest"\n${processRuntime}[webhooks.l]\ntype = "linear"\ncredential = "a"\n[webhooks.m]\ntype = "mintlify"\ncredential = "b"\n`,
      ...agentFiles('dev', '[[webhooks]]\nsource = "l"\n[[webhooks]]\nsource = "m"\n'),
    },
    command: check,
    code: 4,
    says: [
      '`al creds add mistral_key`',
      '`al creds add linear_webhook_secret:a`',
      '`al creds add mintlify_webhook_secret:b`',
      'error: 3 credentials are missing',
    ],
    never: ['anthropic_key'],
  },
  {
    title: '`al start` names every credential that is missing, and never the command that has just failed',
    files: {
      'config.toml': anthropicModel + processRuntime,
      ...agentFiles('dev', `${hourly}credentials = ["linear_token"]\n`),
    },
    command: ['start', '-H'],
    code: 4,
    says: ['2 credentials are missing', 'al creds add anthropic_key', 'al creds add linear_token'],
    never: ['`al start`'],
  },
  {
    title: 'an OAuth token of Anthropic is as good as a key',
    command: ['creds', 'add', 'anthropic_key', '--from-stdin'],
    stdin: `sk-ant-oat01-${canary}`,
    code: 0,
    says: ['stored anthropic_key'],
    never: [canary],
  },
  {
    title: 'optional fields may be left out',
    command: ['creds', 'add', 'linear_oauth', '--from-stdin'],
    stdin: '{"client_id":"a","client_secret":"b","access_token":"c"}',
    code: 0,
    says: ['stored linear_oauth (client_id, client_secret, access_token)'],
  },
  {
    title: 'a type that is not known lists where the known ones are',
    command: ['creds', 'add', 'githubtoken', '--from-stdin'],
    stdin: canary,
    code: 2,
    says: ['unknown credential type "githubtoken" (did you mean "github_token"?); `al creds types` lists the types'],
    never: [canary],
  },
  {
    title: 'a key that is no key is refused by its look',
    command: ['creds', 'add', 'openai_key', '--from-stdin'],
    stdin: canary,
    code: 4,
    says: ['token of openai_key does not look like one (OpenAI API Credential): it begins with sk-'],
    never: [canary],
  },
  {
    title: 'a value never comes from the command line',
    command: ['creds', 'add', 'openai_key', `sk-${canary}`],
    code: 2,
    says: ['a value does not belong on the command line, which others can read: give it with --from-stdin or --file'],
    never: [canary],
  },
])
