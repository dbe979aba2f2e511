import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface AcmeHere {
  /** The project's directory. */
  readonly project: string
  /** What every command is told: where the credentials lie, and the stand-in for GitHub's command line. */
  readonly environment: { readonly AL_CREDENTIALS_HOME: string; readonly PATH: string }
  /** What signs GitHub's deliveries. */
  readonly webhookSecret: string
}

/** The environment of the project to name with `-E`. */
export const acmeEnvironment = 'demo'

const webhookSecret = 'a-secret-of-the-demo'

/** They open nothing. */
const credentials = {
  'anthropic_key/default/token': 'sk-ant-made-up',
  'github_token/default/token': 'made-up-of-dev',
  'github_token/reviewer/token': 'made-up-of-reviewer',
  'github_token/triage/token': 'made-up-of-triage',
  'git_ssh/bot/username': 'acme-bot',
  'git_ssh/bot/email': 'bot@example.com',
  'sentry_token/default/token': 'made-up',
  'sentry_client_secret/prod/secret': 'made-up',
  'github_webhook_secret/acme/secret': webhookSecret,
}

/**
 * Puts a copy of examples/acme into a directory of its own, with made-up credentials and the model at another address.
 * GitHub's command line is a stand-in: agents that run as processes find it on `PATH`, and in images it lies before the
 * real one, which the example's Dockerfile installs.
 */
export function acmeHere(home: string, modelUrl: string): AcmeHere {
  const project = join(home, 'acme')
  cpSync(join(dirname(import.meta.dirname), 'acme'), project, {
    recursive: true,
    filter: (from) => !/[/\\](?:cdk\.out|\.al)$/.test(from),
  })
  appendFileSync(join(project, 'Dockerfile'), standIn())
  mkdirSync(join(project, 'environments'))
  writeFileSync(join(project, 'environments', `${acmeEnvironment}.toml`), `[model]\nbaseUrl = "${modelUrl}"\n`)
  for (const [name, value] of Object.entries(credentials)) {
    const file = join(home, 'credentials', name)
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(file, value, { mode: 0o600 })
  }
  return {
    project,
    webhookSecret,
    environment: {
      AL_CREDENTIALS_HOME: join(home, 'credentials'),
      PATH: `${import.meta.dirname}:${process.env.PATH ?? ''}`,
    },
  }
}

/** As one line of text: nothing beside an agent's own directory can be copied into its image. */
function standIn(): string {
  const text = readFileSync(join(import.meta.dirname, 'gh')).toString('base64')
  const file = '/usr/local/bin/gh'
  return `\nUSER root\nRUN echo ${text} | base64 -d >${file} && chmod 755 ${file}\nUSER node\n`
}
