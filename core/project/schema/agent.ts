import * as z from 'zod'
import { flag, longestTimeout, oneOf, text, texts, wholeNumber } from './fields.ts'
import { limitsSchema } from './limits.ts'
import { modelSchema } from './model.ts'
import { triggerSchema } from './webhooks.ts'

export const preflightParams = {
  shell: z.strictObject({ command: text('a shell command'), output: text('a path').optional() }),
  http: z.strictObject({
    url: text('a URL'),
    output: text('a path'),
    method: text('an HTTP method').optional(),
    headers: z.record(text(), z.string().describe('a text')).optional().describe('a table of header names and texts'),
    body: z.string().describe('a text').optional(),
  }),
  'git-clone': z.strictObject({
    repo: text('a repository: "owner/name" or a URL'),
    dest: text('a path'),
    branch: text('a branch').optional(),
    depth: wholeNumber(1).optional(),
  }),
} as const

export type PreflightProvider = keyof typeof preflightParams

export const preflightSchema = z.strictObject({
  provider: oneOf(Object.keys(preflightParams) as [PreflightProvider, ...PreflightProvider[]]),
  required: flag().optional(),
  params: z.record(z.string(), z.unknown()).describe('a table'),
})

export type Preflight = z.output<typeof preflightSchema>

/** `agent-config.toml`. The triggers and the parameters of preflight steps depend on other keys and are checked apart. */
export const agentSchema = z.strictObject({
  name: text().optional(),
  credentials: texts('a list of credentials such as ["github_token", "git_ssh:bot"]').optional(),
  schedule: text('a cron line of five fields').optional(),
  misfire: oneOf(['skip', 'once']).optional(),
  timezone: text('an IANA time zone such as "Europe/Berlin"').optional(),
  webhooks: z.array(triggerSchema).optional().describe('a list of tables, [[webhooks]]'),
  model: modelSchema.optional().describe('a table'),
  limits: limitsSchema.optional().describe('a table'),
  preflight: z.array(preflightSchema).optional().describe('a list of tables, [[preflight]]'),
  params: z.record(z.string(), z.unknown()).optional().describe('a table'),
  scale: wholeNumber(0).optional(),
  timeout: wholeNumber(1, longestTimeout, 'seconds').optional(),
})

export type AgentConfig = z.output<typeof agentSchema>
