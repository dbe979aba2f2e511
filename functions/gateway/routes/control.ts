import * as z from 'zod'
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
  blocked: z.record(z.string(), z.number()).describe('models that nothing starts on, until when'),
  startedAt: z.number().optional(),
})

/** The project as a whole, for operators. */
export function controlRoutes(options: GatewayOptions): Route[] {
  const { plane, decisions, clock, log } = options
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
      answers: {
        200: z.object({
          scheduler: schedulerShape,
          agents: z.array(agentViewShape),
          instances: z.array(runShape),
          running: z.number(),
        }),
      },
      async handle() {
        const { paused, blocked, agents, runs } = await plane.overview()
        const now = clock.now()
        const views = agents.map((agent) => {
          const rule = decisions.agents.find(({ name }) => name === agent.name)
          return agentView(agent, rule, runs, now)
        })
        const scheduler = { ...project, paused, blocked }
        return ok({ scheduler, agents: views, instances: runs.map(publicRun), running: runs.length })
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
