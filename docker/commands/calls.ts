import { onlyOne } from './arguments.ts'
import { type Command, ended, endedBy } from './command.ts'
import { exits } from './exit-codes.ts'
import { type Answer, type Ask, gatewayOf, type Question } from './gateway.ts'
import { readInput } from './payload-text.ts'

/** Calls another agent with the standard input as its context, and does not wait. */
export const alCall: Command = {
  usage: 'al-call <agent> < context',
  async run(args, { environment, stdin }) {
    const targetAgent = onlyOne('agent', args)
    const read = await readInput('context', stdin)
    if ('refused' in read) return read.refused
    const ask = gatewayOf(environment)
    if (ask === undefined) return ended(exits.unavailable, { ok: false, reason: 'no gateway' })
    // A request that is sent again is the same call.
    const headers = { 'idempotency-key': crypto.randomUUID() }
    return endedBy(
      await askAgain(ask, { method: 'POST', path: '/calls', headers, body: { targetAgent, context: read.text } }),
    )
  },
}

/** What has become of a call, now. */
export const alCheck: Command = {
  usage: 'al-check <callId>',
  async run(args, { environment }) {
    const id = onlyOne('callId', args)
    const ask = gatewayOf(environment)
    if (ask === undefined) return ended(exits.unavailable, { status: 'error', errorMessage: 'no gateway' })
    return endedBy(await askForCall(ask, id))
  },
}

const notFound: Answer = { kind: 'answered', status: 404, text: '{"error":"call not found"}' }

/** Asks for a call. What cannot be an id is not sent: `..` in a path would ask for something else. */
export async function askForCall(ask: Ask, id: string, within?: number): Promise<Answer> {
  if (!/^[a-z0-9-]{1,100}$/.test(id)) return notFound
  return await ask({ method: 'GET', path: `/calls/${id}`, ...(within !== undefined && { within }) })
}

/** Milliseconds before the second and the third attempt. */
const pauses = [500, 1_500]

/** Asks again when the connection broke or the gateway was too busy. One that hangs is not asked again. */
async function askAgain(ask: Ask, question: Question): Promise<Answer> {
  let answer = await ask(question)
  for (const pause of pauses) {
    const passing = answer.kind === 'lost' || (answer.kind === 'answered' && [502, 503, 504].includes(answer.status))
    if (!passing) break
    await new Promise((resolve) => setTimeout(resolve, pause))
    answer = await ask(question)
  }
  return answer
}
