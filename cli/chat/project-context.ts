import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { formatRef } from '../../core/credentials/reference.ts'
import { agentSecrets } from '../../core/plan/secrets.ts'
import { check } from '../../core/project/check.ts'
import { readLayers } from '../../core/project/layers.ts'
import { loadProject } from '../../core/project/load.ts'
import { formatProblem, type Problem } from '../../core/project/problem.ts'
import type { Agent } from '../../core/project/project.ts'
import { modelSchema } from '../../core/project/schema/model.ts'
import { block } from '../../core/prompt/block.ts'
import { projectFiles } from '../../infra/project-files.ts'
import { exitCodes, UserError } from '../errors.ts'
import { packagedText } from '../new/package-files.ts'
import type { ChatContext } from './chat-context.ts'

/**
 * A conversation about a project, to build and change its agents. What is wrong with the project is told to the model; only
 * without a usable `[model]` there is nobody to talk with, and a `UserError` (configuration) is thrown.
 */
export function projectContext(project: string, env: string | undefined): ChatContext {
  const files = projectFiles(project)
  const options = env === undefined ? {} : { environment: env }
  const found = loadProject(files, options)
  const agents = found.project?.agents ?? []
  const model = modelOf(files, env)
  const directory = resolve(project)
  const problems = found.problems.map(formatProblem)
  return {
    title: `the project in ${directory}`,
    opening: agents.length === 0 ? 'There is no agent yet. What should the first one do, and when?' : undefined,
    directory,
    model,
    secrets: agentSecrets(
      { credentials: [], model },
      { telemetry: { enabled: false, provider: 'none', serviceName: '', headers: {} } },
      { secretId: (...parts) => parts.join('/') },
    ),
    systemPrompt: () =>
      [
        `You help a person build and run a project of LLM agents with the command-line tool \`al\`. You are in their terminal, in the project's directory ${directory}, with the tools bash, read, write and edit; everything runs as that person, for real. Answer briefly, in Markdown. Before you deploy, destroy, push, kill a run or delete what you have not made, ask.`,
        'Never ask for a secret and never read the directory of credentials: name the command, such as `al creds add github_token`, and let the person type it in another terminal. After each change of a file of the project, run `al doctor --check` and put right what it names.',
        block('guide', guide(project)),
        block(
          'agents',
          agents.map(summary).join('\n') ||
            'none yet: ask what the first one should do, then make it with `al agent new`',
        ),
        ...(problems.length === 0 ? [] : [block('problems', problems.join('\n'))]),
      ].join('\n\n'),
  }
}

function modelOf(files: ReturnType<typeof projectFiles>, env: string | undefined): ChatContext['model'] {
  const problems: Problem[] = []
  const merged = readLayers(files, env, problems)
  if (merged?.config.model !== undefined) {
    const document = { ...merged.documentOf(['model']), locate: merged.locate }
    const model = check(modelSchema, merged.config.model, document, ['model'], problems)
    if (model !== undefined) return model
  }
  const [first] = problems.map(formatProblem)
  throw new UserError(
    `there is no model to talk with: ${first ?? 'config.toml has no [model]'}; \`al doctor\` says more`,
    exitCodes.configuration,
  )
}

/** The guide of the project, which its owner may have added to; else the one that comes with al. */
function guide(project: string): string {
  const own = join(project, 'AGENTS.md')
  return existsSync(own) ? readFileSync(own, 'utf8') : packagedText('agent-docs/AGENTS.md')
}

function summary({
  name,
  directory,
  schedule,
  triggers,
  credentials,
  model,
  scale,
  timeout,
  instructions,
}: Agent): string {
  const first = instructions.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#')) ?? ''
  const starts = [
    ...(schedule === undefined ? [] : [`cron ${schedule.cron.line} (${schedule.timezone})`]),
    ...triggers.map(({ source, filters }) => `webhook ${source} ${JSON.stringify(filters)}`),
  ]
  return [
    `- ${name} (${directory}): ${first.trim().slice(0, 200)}`,
    `  starts: ${starts.join('; ') || 'by hand or by calls'}; model ${model.provider}/${model.model}; scale ${scale}; timeout ${timeout} s; credentials ${credentials.map(formatRef).join(', ') || 'none'}`,
  ].join('\n')
}
