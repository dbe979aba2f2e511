import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Writes a project of so many agents: most of them short and on a schedule, some long, some with webhooks. */
export function writeProject(directory: string, agents: number): string {
  write(
    join(directory, 'config.toml'),
    `projectName = "bench"

[model]
provider = "anthropic"
model = "claude-sonnet-4-20250514"
authType = "api_key"

[webhooks.github]
type = "github"
credential = "bench"

[cloud]
provider = "ecs"
awsRegion = "eu-west-1"
shards = ${agents > 90 ? 16 : 1}
`,
  )
  for (let i = 0; i < agents; i++) {
    const home = join(directory, 'agents', `agent-${i}`)
    const webhook = i % 3 === 0 ? '\n[[webhooks]]\nsource = "github"\nevents = ["issues"]\nlabels = ["ready"]\n' : ''
    const timeout = i % 10 === 0 ? 3600 : 600
    write(
      join(home, 'agent-config.toml'),
      `credentials = ["github_token", "git_ssh"]\nschedule = "${i % 60} ${i % 24} * * *"\ntimeout = ${timeout}\n${webhook}`,
    )
    write(
      join(home, 'ACTIONS.md'),
      `# Agent ${i}\n\n${'Do the next thing, carefully, and say what you did.\n'.repeat(40)}`,
    )
  }
  return directory
}

function write(path: string, text: string): void {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
}
