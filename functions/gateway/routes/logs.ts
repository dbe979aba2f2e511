import * as z from 'zod'
import { type Answer, errorShape, ok, refused } from '../answer.ts'
import { BadCursor, type LogQuery } from '../log-source.ts'
import type { GatewayOptions } from '../options.ts'
import { type Route, route } from '../route.ts'

const lines = { usual: 50, most: 1000 }
const time = z.coerce.number().optional().describe('epoch milliseconds, exclusive')
const query = z.object({
  // What is no number of lines means the usual one.
  lines: z.coerce
    .number()
    .int()
    .min(1)
    .catch(lines.usual)
    .transform((n) => Math.min(n, lines.most)),
  cursor: z.string().optional().describe('as the page before gave it'),
  after: time,
  before: time,
})
export const logPageShape = z.object({
  entries: z.array(
    z.looseObject({ level: z.number(), time: z.number(), msg: z.string(), instance: z.string().optional() }),
  ),
  cursor: z.string().nullable(),
  hasMore: z.boolean(),
})
export type ShownLogPage = z.output<typeof logPageShape>

const answers = {
  200: logPageShape,
  400: errorShape,
  501: errorShape.describe('this host keeps its logs elsewhere'),
}
const agentName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/
const instanceId = /^[a-z0-9]+$/
const cursorForm = /^[\w-]{1,1024}$/

/** Logs, where the host can read its own. */
export function logRoutes({ logs, logsAt }: GatewayOptions): Route[] {
  const read = async (asked: LogQuery): Promise<Answer> => {
    if (asked.agent !== undefined && !agentName.test(asked.agent)) return refused(400, 'Invalid agent name')
    if (asked.instance !== undefined && !instanceId.test(asked.instance)) return refused(400, 'Invalid instance ID')
    if (asked.cursor !== undefined && !cursorForm.test(asked.cursor)) return refused(400, 'Invalid cursor')
    if (logs === undefined) {
      return refused(501, `this host does not serve logs: look ${logsAt ?? 'where it writes them'}`)
    }
    try {
      return ok(await logs.read(asked))
    } catch (error) {
      if (error instanceof BadCursor) return refused(400, 'Invalid cursor')
      throw error
    }
  }
  const common = { method: 'GET', access: 'key', query, answers } as const
  return [
    route({
      ...common,
      path: '/api/logs/scheduler',
      summary: 'The log of the scheduler and the gateway.',
      handle: ({ query }) => read(query),
    }),
    route({
      ...common,
      path: '/api/logs/agents/:name',
      summary: 'What all runs of an agent logged.',
      params: z.object({ name: z.string() }),
      handle: ({ params, query }) => read({ ...query, agent: params.name }),
    }),
    route({
      ...common,
      path: '/api/logs/agents/:name/:instanceId',
      summary: 'What one run logged.',
      params: z.object({ name: z.string(), instanceId: z.string().describe('suffix of the run id') }),
      handle: ({ params, query }) => read({ ...query, agent: params.name, instance: params.instanceId }),
    }),
  ]
}
