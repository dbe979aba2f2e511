import type { Filters, WebhookProvider } from '../project/schema/webhooks.ts'
import type { WebhookContext } from './provider.ts'

export type Match = { readonly matched: true } | { readonly matched: false; readonly why: string }

/** The parts of an agent's plan that webhooks need. */
export interface TriggeredAgent {
  readonly name: string
  readonly triggers: readonly { readonly source: string; readonly filters: Filters }[]
}

/** Whether a delivery starts an agent, through which source, or why each of its triggers did not match. */
export type AgentMatch =
  | { readonly agent: string; readonly matched: true; readonly source: string }
  | { readonly agent: string; readonly matched: false; readonly misses: readonly Miss[] }

export interface Miss {
  /** Position among the agent's triggers, from 0. */
  readonly trigger: number
  readonly source: string
  readonly why: string
}

/** What `repo` holds, by provider. */
const places: Readonly<Record<WebhookProvider, string>> = {
  github: 'repository',
  sentry: 'project',
  linear: 'organization',
  mintlify: 'project',
  test: 'repository',
}

/**
 * Whether an event passes all filters of a trigger. Within a list one value is enough, an empty list asks for nothing,
 * comparison is exact. An event without an action, label, author or assignee fails a filter on it; one without a branch
 * or a conclusion passes, for there is nothing to be wrong. Which filters a provider has was checked with the project.
 */
export function match(filters: Filters, context: WebhookContext, provider: WebhookProvider): Match {
  const miss = missOf(filters, context, provider)
  return miss === undefined ? { matched: true } : { matched: false, why: miss() }
}

/** The reason, made only when asked for: most agents miss most events, and nobody reads why. */
type Because = () => string

function missOf(filters: Filters, context: WebhookContext, provider: WebhookProvider): Because | undefined {
  const place = places[provider]
  const { event, action, repo, labels, assignee, author, branch, conclusion } = context
  const owners = filters.org === undefined ? filters.orgs : [filters.org, ...(filters.orgs ?? [])]
  return (
    notIn('events', filters.events, 'event', event) ??
    notIn('resources', filters.resources, 'resource', event) ??
    notIn('actions', filters.actions, 'action', action) ??
    notIn('repos', filters.repos, place, repo) ??
    notIn('projects', filters.projects, place, repo) ??
    notIn('organizations', filters.organizations, place, repo) ??
    notIn('org and orgs', owners, 'owner', ownerOf(repo)) ??
    noneIn('labels', filters.labels, labels) ??
    notIn('assignee', one(filters.assignee), 'assignee', assignee) ??
    notIn('author', one(filters.author), 'author', author) ??
    (branch === undefined ? undefined : notIn('branches', filters.branches, 'branch', branch)) ??
    (conclusion === undefined ? undefined : notIn('conclusions', filters.conclusions, 'conclusion', conclusion))
  )
}

/** The agents that a delivery starts, each through the first of its triggers that matches. */
export function matchingAgents(
  agents: readonly TriggeredAgent[],
  sources: readonly string[],
  context: WebhookContext,
  provider: WebhookProvider,
): { readonly agent: string; readonly source: string }[] {
  return agents.flatMap(({ name: agent, triggers }) => {
    const hit = triggers.find(
      ({ source, filters }) => sources.includes(source) && missOf(filters, context, provider) === undefined,
    )
    return hit === undefined ? [] : [{ agent, source: hit.source }]
  })
}

/**
 * The same with the reasons of those that it does not start, for people: one entry an agent, however many of its triggers match.
 * `sources` are those that accepted the delivery; more than one when they share a path and a secret.
 */
export function matchAgents(
  agents: readonly TriggeredAgent[],
  sources: readonly string[],
  context: WebhookContext,
  provider: WebhookProvider,
): AgentMatch[] {
  return agents.map(({ name: agent, triggers }) => {
    const misses: Miss[] = []
    for (const [trigger, { source, filters }] of triggers.entries()) {
      if (!sources.includes(source)) {
        misses.push({ trigger, source, why: `it listens to the source ${JSON.stringify(source)}` })
        continue
      }
      const result = match(filters, context, provider)
      if (result.matched) return { agent, matched: true, source }
      misses.push({ trigger, source, why: result.why })
    }
    return { agent, matched: false, misses }
  })
}

function ownerOf(repo: string): string {
  const slash = repo.indexOf('/')
  return slash === -1 ? repo : repo.slice(0, slash)
}

function one(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value]
}

function notIn(
  filter: string,
  wanted: readonly string[] | undefined,
  what: string,
  value: string | undefined,
): Because | undefined {
  if (wanted === undefined || wanted.length === 0) return undefined
  if (value === undefined) return () => `${filter}: the event has no ${what}`
  return wanted.includes(value)
    ? undefined
    : () => `${filter}: the ${what} is ${JSON.stringify(value)}, not ${listed(wanted)}`
}

function noneIn(
  filter: string,
  wanted: readonly string[] | undefined,
  values: readonly string[] = [],
): Because | undefined {
  if (wanted === undefined || wanted.length === 0) return undefined
  if (values.some((value) => wanted.includes(value))) return undefined
  if (values.length === 0) return () => `${filter}: the event has none`
  return () => `${filter}: ${listed(values, 'and')} are not ${listed(wanted)}`
}

/** A few of the values: a miss is a line, not a list of a hundred. */
function listed(values: readonly string[], joint = 'or'): string {
  const shown = values.slice(0, 5).map((value) => JSON.stringify(value))
  return values.length > 5 ? `${shown.join(', ')} …` : shown.join(` ${joint} `)
}
