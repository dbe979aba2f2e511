import * as z from 'zod'
import { parseRunId } from '../../../core/scheduler/run.ts'
import { type Answer, doneShape, errorShape, ok, refused } from '../answer.ts'
import type { GatewayOptions } from '../options.ts'
import { publicRun, runShape } from '../public-run.ts'
import { type Route, route } from '../route.ts'
import { startedShape, triggerAnswer } from './control-agents.ts'

const params = z.object({ id: z.string().describe('a run id') })
const page = { usual: 50, most: 200 }

/** One run, for operators. */
export function controlRunRoutes({ plane, decisions }: GatewayOptions): Route[] {
  return [
    route({
      method: 'GET',
      path: '/control/runs',
      access: 'key',
      summary: 'Runs of all agents, the newest first; those of one agent go back further.',
      query: z.object({ limit: z.coerce.number().int().min(1).max(page.most).optional() }),
      answers: { 200: z.object({ runs: z.array(runShape) }) },
      async handle({ query: { limit = page.usual } }) {
        const newest = await plane.newestRuns(
          decisions.agents.map(({ name }) => name),
          limit,
        )
        return ok({ runs: newest.map(publicRun) })
      },
    }),
    route({
      method: 'GET',
      path: '/control/runs/:id',
      access: 'key',
      summary: 'A run, live or over. Runs are kept for 30 days.',
      params,
      answers: { 200: runShape, 404: errorShape },
      async handle({ params: { id } }) {
        const ref = parseRunId(id)
        const run = ref && (await plane.readRun(ref))
        return run === undefined ? unknown(id) : ok(publicRun(run))
      },
    }),
    route({
      method: 'POST',
      path: '/control/runs/:id/retry',
      access: 'key',
      summary: 'Makes a new run of one that is over, with the same input.',
      params,
      answers: { 200: startedShape, 404: errorShape, 409: errorShape },
      async handle({ params: { id } }) {
        const ref = parseRunId(id)
        const triggered = ref && (await plane.retry(ref))
        if (ref === undefined || triggered === undefined) return unknown(id)
        switch (triggered.kind) {
          case 'unknown':
            return unknown(id)
          case 'live':
            return refused(409, `run "${id}" is not over yet`)
          default:
            return triggerAnswer(ref.agent, triggered)
        }
      },
    }),
    route({
      method: 'POST',
      path: '/control/kill/:id',
      access: 'key',
      summary: 'Stops a run. One that waits or has not begun ends at once.',
      params,
      answers: { 200: doneShape, 404: errorShape },
      async handle({ params: { id } }) {
        const ref = parseRunId(id)
        const killed = ref && (await plane.kill(ref))
        if (killed === undefined || killed.kind === 'unknown') return refused(404, `instance "${shown(id)}" not found`)
        if (killed.kind === 'over') return refused(404, `instance "${id}" is over`)
        const message = killed.kind === 'killed' ? `killed "${id}"` : `"${id}" is told to stop`
        return ok({ success: true, message })
      },
    }),
  ]
}

const shown = (id: string): string => id.slice(0, 100)

const unknown = (id: string): Answer => refused(404, `run "${shown(id)}" not found`)
