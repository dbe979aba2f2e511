import type { Usage as Tokens } from '@earendil-works/pi-ai'
import type { Usage } from '../../../core/scheduler/run.ts'

export const nothingUsed: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  totalTokens: 0,
  cost: 0,
  turnCount: 0,
}

/** The total after one more call of the model; `turns` is 1 if the agent got on by it. Cost is in US dollars. */
export function addUsage(total: Usage, call: Tokens, turns: 0 | 1): Usage {
  return {
    inputTokens: total.inputTokens + call.input,
    outputTokens: total.outputTokens + call.output,
    cacheReadTokens: total.cacheReadTokens + call.cacheRead,
    cacheWriteTokens: total.cacheWriteTokens + call.cacheWrite,
    totalTokens: total.totalTokens + call.totalTokens,
    cost: total.cost + call.cost.total,
    turnCount: total.turnCount + turns,
  }
}
