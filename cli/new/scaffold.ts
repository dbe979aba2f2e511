import type { Model } from '../../core/project/schema/model.ts'
import { writeKey, writeValue } from '../toml/toml-value.ts'
import { packagedText } from './package-files.ts'

/** What a new project is made of besides its agents, by file. */
export function projectTexts(name: string, model: Model, runtime?: 'docker' | 'process'): ReadonlyMap<string, string> {
  return new Map([
    ['config.toml', configText(name, model, runtime)],
    ['.gitignore', gitIgnore],
    ['Dockerfile', dockerfile],
    ['AGENTS.md', packagedText('agent-docs/AGENTS.md')],
    ['CLAUDE.md', '@AGENTS.md\n'],
  ])
}

function configText(name: string, model: Model, runtime: 'docker' | 'process' | undefined): string {
  const keys = Object.entries(model).map(([key, value]) => `${writeKey(key)} = ${writeValue(value as string)}`)
  const local =
    runtime === undefined
      ? '# [local]\n# runtime = "process" # without Docker, and without isolation\n'
      : `[local]\nruntime = "${runtime}"\n`
  return `# Settings of the project. An agent's own agent-config.toml can override the
# model, the timeout and the time zone.

# Part of every resource name in the cloud.
projectName = "${name}"

# IANA time zone of schedules, unless the agent names its own.
# timezone = "Europe/Berlin"

# At most this many runs at once, over all agents.
# scale = 4

# The key is a credential of this machine: \`al creds add\`.
[model]
${keys.join('\n')}

${local}
# Agents name these sources in [[webhooks]]. \`credential\` is the instance of the
# secret that signs: github_webhook_secret:acme for credential = "acme".
# [webhooks.github]
# type = "github"
# credential = "default"

# Where \`al deploy\` goes; \`al setup cloud\` writes it.
# [cloud]
# provider = "ecs"
# awsRegion = "us-east-1"
`
}

const gitIgnore = `# State and logs of \`al start\`
.al/
*.log

# Settings of this machine
.env.toml

# Output of \`al synth\` and \`al deploy\`
cdk.out/
pulumi.out/

node_modules/
.DS_Store
`

const dockerfile = `# The image that all agents share, on top of what an agent needs to run: Node.js,
# git, curl, jq, ssh. As long as nothing but FROM stands here, no image of the
# project is built. What one agent alone needs goes into agents/<name>/Dockerfile.
FROM al-agent

# Tools for all agents. The image may be Alpine or Debian:
# USER root
# RUN if command -v apk >/dev/null; then apk add --no-cache github-cli; \\
#     else apt-get update && apt-get install -y --no-install-recommends gh; fi
# USER node
`
