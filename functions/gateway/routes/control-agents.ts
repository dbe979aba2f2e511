import * as z from 'zod'
import { describeLimit } from '../../../core/scheduler/limits.ts'
import type { Triggered } from '../../../core/scheduler/trigger.ts'
import { type Answer, doneShape, errorShape, ok, refused, tooLong } from '../answer.ts'
import { nestedDeeper } from '../body.ts'
import type { GatewayOptions } from '../options.ts'
import { publicRun, runShape } from '../public-run.ts'
import { type Route, route } from '../route.ts'

const params = z.object({ name: z.string() })
export const startedShape = doneShape.extend({ runId: z.string() })
export const killedShape = doneShape.extend({ killed: z.number() })
export const runsShape = z.object({
  runs: z.array(runShape),
  next: z.string().nullable().describe('`after` for the next page'),
})
const done = { 200: doneShape, 404: errorShape }
/** Runs on one page of an agent's history. */
const page = { usual: 50, most: 200 }
/** Levels of an input: enough for what people write, and little enough to be written again anywhere. */
const deepest = 64

/** One agent, for operators. */
export function controlAgentRoutes({ plane, decisions }: GatewayOptions): Route[] {
  const names = new Set(decisions.agents.map(({ name }) => name))

  /** A route of an agent that does something and says so. */
  const command = (path: `/${string}`, summary: string, act: (agent: string) => Promise<string>): Route =>
    route({
      method: 'POST',
      path: `/control/agents/:name${path}`,
      access: 'key',
      summary,
      params,
      answers: done,
      async handle({ params: { name } }) {
        if (!names.has(name)) return unknown(name)
        return ok({ success: true, message: await act(name) })
      },
    })
  const disable = async (agent: string) => {
    await plane.pauseAgent(agent)
    return `agent "${agent}" is disabled: webhooks and calls wait, ticks are skipped`
  }
  const enable = async (agent: string) => {
    await plane.resumeAgent(agent)
    return `agent "${agent}" is enabled`
  }

  return [
    command('/disable', 'Starts no more runs of an agent.', disable),
    command('/pause', 'The same as disable.', disable),
    command('/enable', 'Starts runs of an agent again, first those that have waited.', enable),
    command('/resume', 'The same as enable.', enable),
    route({
      method: 'POST',
      path: '/control/agents/:name/kill',
      access: 'key',
      summary: 'Kills whatever runs of an agent, not what waits.',
      params,
      answers: { 200: killedShape, 404: errorShape },
      async handle({ params: { name } }) {
        if (!names.has(name)) return unknown(name)
        const killed = await plane.killAgent(name)
        return ok({ success: true, message: `killed ${killed} of agent "${name}"`, killed })
      },
    }),
    route({
      method: 'POST',
      path: '/control/trigger/:name',
      access: 'key',
      summary: 'Runs an agent now.',
      params,
      body: z.object({ input: z.unknown().optional().describe('what the run is told, at most 256 KiB as JSON') }),
      answers: {
        200: startedShape,
        404: errorShape.describe('no such agent, or all its slots are busy'),
        409: errorShape,
        413: errorShape,
      },
      async handle({ params: { name }, body }) {
        if (!names.has(name)) return unknown(name)
        if (nestedDeeper(body.input, deepest)) return refused(400, `input: is nested deeper than ${deepest} levels`)
        const input = body.input === undefined ? undefined : JSON.stringify(body.input)
        const problem = input === undefined ? undefined : tooLong('input', input)
        if (problem !== undefined) return problem
        const order = { agent: name, trigger: { kind: 'manual' }, input, whenBusy: 'refuse' } as const
        return triggerAnswer(name, await plane.trigger(order))
      },
    }),
    route({
      method: 'GET',
      path: '/control/agents/:name/runs',
      access: 'key',
      summary: "An agent's runs, the newest first.",
      params,
      query: z.object({
        after: z
          .string()
          .regex(/^[a-z0-9]{20}$/, 'must be what "next" said')
          .optional(),
        limit: z.coerce.number().int().min(1).max(page.most).optional(),
      }),
      answers: {
        200: runsShape,
        404: errorShape,
      },
      async handle({ params: { name }, query: { after, limit = page.usual } }) {
        const runs = await plane.history(name, { after, limit })
        // The runs of an agent that was removed are still there.
        if (runs.length === 0 && !names.has(name)) return unknown(name)
        const next = runs.length === limit ? (runs.at(-1)?.suffix ?? null) : null
        return ok({ runs: runs.map(publicRun), next })
      },
    }),
  ]
}

const unknown = (name: string): Answer => refused(404, `agent "${name.slice(0, 100)}" not found`)

const obstacles = {
  paused: 'is paused, or the project is: resume it first',
  off: 'has scale = 0: raise it first',
  blocked: "is not started: its model's provider refuses all requests. Resume the project to try again now",
} as const

/** What became of a run that somebody asked for. */
export function triggerAnswer(name: string, triggered: Triggered): Answer {
  if (triggered.kind === 'duplicate') return refused(409, `agent "${name}" was started for this before`)
  if ('run' in triggered) {
    const how = triggered.kind === 'queued' ? 'waits for a slot' : 'started'
    return ok({ success: true, message: `agent "${name}" ${how}`, runId: triggered.run })
  }
  if (triggered.why === 'budget') {
    const { limit } = triggered
    const message = `agent "${name}" is not started: ${describeLimit(limit)}; raise the limit, or wait for the next day`
    return refused(409, message)
  }
  const { why } = triggered
  if (why === 'unknown') return unknown(name)
  if (why === 'busy') return refused(404, `all runners of agent "${name}" are busy`)
  if (why === 'full') return refused(409, `the queue of agent "${name}" is full`)
  return refused(409, `agent "${name}" ${obstacles[why]}`)
}
