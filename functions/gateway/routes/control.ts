import * as z from 'zod'
import type { Run } from '../../../core/scheduler/run.ts'
import { sideBySide } from '../../../core/scheduler/side-by-side.ts'
import type { Overview } from '../../../core/scheduler/views.ts'
import { doneShape, errorShape, ok, refused } from '../answer.ts'
import type { GatewayOptions } from '../options.ts'
import { publicRun, runShape } from '../public-run.ts'
import { type Route, route } from '../route.ts'
import { agentView, agentViewShape } from './agent-view.ts'

const schedulerShape = z.object({
  projectName: z.string(),
  environment: z.string(),
  cronJobCount: z.number(),
  webhooksActive: z.boolean(),
  webhookUrls: z.array(z.string()),
  paused: z.boolean(),
  blocked: z
    .record(
      z.string(),
      z.object({
        why: z.enum(['quota', 'auth']).describe('quota: the account has nothing left; auth: the key is not accepted'),
        until: z.number().describe('epoch milliseconds; then one run is let through to see'),
        failures: z.number().describe('refusals in a row'),
        probe: z.string().optional().describe('the run that was let through'),
      }),
    )
    .describe('what nothing starts on, since its provider refuses: by provider/model or by credential'),
  startedAt: z.number().optional(),
})

const limitShape = z.object({
  scope: z.enum(['project', 'agent']),
  agent: z.string().optional(),
  what: z.enum(['maxCostPerDay', 'maxRunsPerDay']),
  limit: z.number().describe('US dollars, or runs'),
  spent: z.number(),
  day: z.string().describe('in UTC, such as 2026-11-21'),
})

export const statusShape = z.object({
  scheduler: schedulerShape,
  limits: z.array(limitShape).describe('each limit per day, and how much of it is used today'),
  agents: z.array(agentViewShape),
  instances: z.array(runShape),
  running: z.number(),
})

export type Status = z.output<typeof statusShape>

/** The project as a whole, for operators. */
export function controlRoutes(options: GatewayOptions): Route[] {
  const { plane, decisions, clock, log } = options
  const rules = new Map(decisions.agents.map((agent) => [agent.name, agent]))
  const active = decisions.agents.filter(({ scale }) => scale > 0)
  const project = {
    projectName: decisions.project,
    environment: decisions.environment,
    cronJobCount: active.filter(({ schedule }) => schedule !== undefined).length,
    webhooksActive: active.some(({ triggers }) => triggers.length > 0),
    webhookUrls: decisions.webhooks.map(({ source }) => `${options.url ?? ''}/webhooks/${source}`),
    ...(options.startedAt !== undefined && { startedAt: options.startedAt }),
  }
  return [
    route({
      method: 'GET',
      path: '/control/status',
      access: 'key',
      summary: 'What is going on.',
      answers: { 200: statusShape },
      async handle() {
        const { paused, breakers, limits, agents, runs } = await plane.overview()
        const last = await newestDone(plane, agents)
        const now = clock.now()
        const views = agents.flatMap((agent) => {
          const rule = rules.get(agent.name)
          return rule === undefined ? [] : [agentView(agent, rule, runs, last.get(agent.name), now)]
        })
        const blocked = Object.fromEntries(
          Object.entries(breakers).map(([what, { why, until, failures, probe }]) => [
            what,
            { why, until, failures, ...(probe !== undefined && { probe }) },
          ]),
        )
        const scheduler = { ...project, paused, blocked }
        return ok({
          scheduler,
          limits: limits.map((one) => ({ ...one })),
          agents: views,
          instances: runs.map(publicRun),
          running: runs.length,
        })
      },
    }),
    route({
      method: 'GET',
      path: '/control/instances',
      access: 'key',
      summary: 'Runs that are starting or running.',
      answers: { 200: z.object({ instances: z.array(runShape) }) },
      handle: async () => ok({ instances: (await plane.overview()).runs.map(publicRun) }),
    }),
    route({
      method: 'POST',
      path: '/control/pause',
      access: 'key',
      summary: 'Starts nothing more. What runs goes on; webhooks and calls wait, ticks are skipped.',
      answers: { 200: doneShape },
      async handle() {
        await plane.pauseProject()
        return ok({ success: true, message: 'paused: nothing starts until you resume' })
      },
    }),
    route({
      method: 'POST',
      path: '/control/resume',
      access: 'key',
      summary: 'Starts what has waited, and tries models again that a provider had refused.',
      answers: { 200: doneShape },
      async handle() {
        await plane.resumeProject()
        return ok({ success: true, message: 'resumed' })
      },
    }),
    route({
      method: 'POST',
      path: '/control/stop',
      access: 'key',
      summary: 'Stops a host that runs on a machine. In a cloud nothing runs that could be stopped.',
      answers: { 200: doneShape, 409: errorShape },
      handle() {
        const { stop } = options
        if (stop === undefined) {
          return refused(409, 'nothing to stop: here nothing runs between events. To start nothing more, pause')
        }
        const soon = async () => {
          await clock.sleep(answerTime)
          await stop()
        }
        soon().catch((error: unknown) => log('error', 'could not stop', { error: String(error) }))
        return ok({ success: true, message: 'stopping' })
      },
    }),
  ]
}

/** Milliseconds for the answer to get out before its host stops. */
const answerTime = 100

/** Runs of an agent that are looked through for one that is over: behind a longer queue none is found. */
const furthest = 25

/** Of each agent the newest run that is over, if any: one query an agent. */
async function newestDone(
  plane: GatewayOptions['plane'],
  agents: Overview['agents'],
): Promise<ReadonlyMap<string, Run>> {
  const found = new Map<string, Run>()
  const [failed] = await sideBySide(agents, async ({ name, running, queued }) => {
    // Of one more than are alive one is over, unless there is none.
    const runs = await plane.history(name, { limit: Math.min(running + queued + 1, furthest) })
    const done = runs.find(({ state }) => state === 'done')
    if (done !== undefined) found.set(name, done)
  })
  if (failed !== undefined) throw failed.error
  return found
}
