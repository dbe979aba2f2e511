import type { Command } from 'commander'
import { type CredentialType, credentialTypes } from '../../core/credentials/types.ts'
import { commandNames } from '../../core/image/commands.ts'
import { modelProviders, modelSchema } from '../../core/project/schema/model.ts'
import { webhookProviders, webhookSourceSchema } from '../../core/project/schema/webhooks.ts'
import type { WebhookContext } from '../../core/webhooks/provider.ts'
import { commands } from '../../docker/commands/by-name.ts'
import { exits } from '../../docker/commands/exit-codes.ts'
import { leaves, nameOf } from './commands-page.ts'
import { agentTable, filterTable, limitsTable, preflightTables } from './configuration-page.ts'
import { keyTable } from './keys.ts'
import { code, table } from './markdown.ts'
import { modelMeanings, sourceMeanings } from './meanings.ts'

/** The parts of agent-docs/ that stand between markers. */
export function agentBlocks(program: Command): Readonly<Record<string, string>> {
  return {
    'agent-keys': agentTable(),
    filters: filterTable(),
    preflight: preflightTables(),
    limits: limitsTable(),
    model: keyTable(modelSchema, modelMeanings),
    sources: keyTable(webhookSourceSchema, sourceMeanings),
    'webhook-secrets': table(
      ['`type`', 'Signed with'],
      Object.entries(webhookProviders).map(([type, { secret }]) => [
        code(type),
        secret === undefined ? 'nothing: needs `allowUnsigned = true`' : code(secret),
      ]),
    ),
    'credential-types': credentialTable(),
    'model-keys': table(
      ['`provider`', 'Credential'],
      Object.entries(modelProviders).map(([name, key]) => [
        code(name),
        key === undefined ? "none: the agent's own identity in its cloud" : code(key),
      ]),
    ),
    'al-commands': table(
      ['Command', ''],
      leaves(program).map((one) => [code(`al ${nameOf(one)}`), one.summary()]),
    ),
    'run-commands': table(
      ['Command', 'What it does'],
      commandNames.map((name) => [code(commands[name].usage), does[name]]),
    ),
    'webhook-fields': table(
      ['Field', 'Is'],
      Object.entries(fieldMeanings).map(([name, meaning]) => [code(name), meaning]),
    ),
    'command-exits': table(
      ['Code', 'Meaning'],
      Object.entries(exits).map(([name, number]) => [String(number), exitMeanings[name as keyof typeof exits]]),
    ),
  }
}

function credentialTable(): string {
  const types = Object.entries(credentialTypes) as [string, CredentialType][]
  const rows = types
    .filter(
      ([name, { exposure, fields }]) =>
        exposure === 'agent' && (Object.values(fields).some((names) => names.length > 0) || name === 'git_ssh'),
    )
    .map(([name, { label, fields, optional = [] }]) => [
      code(name),
      label,
      Object.keys(fields)
        .map((field) => (optional.includes(field) ? `${field} (optional)` : field))
        .join(', '),
      Object.values(fields)
        .flat()
        .map((variable) => code(variable))
        .join(', '),
    ])
  return table(['Type', 'What', 'Fields', 'Variables'], rows)
}

type Name = (typeof commandNames)[number]

const does: Readonly<Record<Name, string>> = {
  'al-rerun': 'asks for one more run after this one',
  'al-status': 'says what you are doing, for people to see',
  'al-return': 'sets your result, from its arguments or its input; the last one counts',
  'al-exit': 'sets the code that your run fails with; then stop',
  'al-shutdown': 'ends the run at once, when somebody tries to get at credentials',
  'al-call': 'lets another agent work for you; its input is the context',
  'al-check': 'what has become of a call, now',
  'al-wait': 'waits for calls',
  rlock: 'takes a lock, or prolongs the one you have',
  runlock: 'gives it back',
  'rlock-heartbeat': 'prolongs it from now',
}

const exitMeanings: Readonly<Record<keyof typeof exits, string>> = {
  done: 'it went well',
  rejected: 'refused: another run has the lock, the agent cannot be called, a call failed',
  notFound: 'no such lock, no such call',
  auth: 'the gateway does not take the secret of this run; also when the run is over',
  badRequest: 'what you sent is wrong or too long',
  unavailable: 'there is no gateway, or it is too busy',
  unreachable: 'nobody answered',
  unexpected: 'an answer that nobody expected',
  notYet: '`al-wait`: not all calls have ended',
  usage: 'typed wrongly; the message says how it is typed',
  badGateway: 'the gateway answered 502',
  gatewayTimeout: 'the gateway answered 504',
  serverError: 'the gateway answered 500',
}

const fieldMeanings: Readonly<Record<keyof WebhookContext, string>> = {
  source: 'the provider: `github`, `sentry`, …',
  event: 'what has happened: `issues`, `pull_request`',
  action: 'what of it: `labeled`',
  repo: '`owner/name`; the organization or project where there is no repository',
  number: 'of the issue or pull request',
  title: 'of the issue, pull request or error',
  body: 'its text',
  url: 'where it is to be seen',
  author: 'who has opened it',
  assignee: 'who it is assigned to',
  labels: 'names of its labels',
  branch: 'of the push, pull request or workflow',
  conclusion: 'of the workflow: `failure`',
  comment: 'the text of the comment that the event is about',
  sender: 'who did it',
  timestamp: 'when, ISO 8601',
}
