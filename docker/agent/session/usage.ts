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

/**
 * The total after one more call of the model; `turns` is 1 if the agent got on by it. Cost is in US dollars. A server of one's
 * own may count in its own way: what is no number, or less than nothing, counts as nothing, or the record would refuse it.
 */
export function addUsage(total: Usage, call: Tokens, turns: 0 | 1): Usage {
  return {
    inputTokens: total.inputTokens + counted(call.input),
    outputTokens: total.outputTokens + counted(call.output),
    cacheReadTokens: total.cacheReadTokens + counted(call.cacheRead),
    cacheWriteTokens: total.cacheWriteTokens + counted(call.cacheWrite),
    totalTokens: total.totalTokens + counted(call.totalTokens),
    cost: total.cost + counted(call.cost.total),
    turnCount: total.turnCount + turns,
  }
}

const counted = (amount: number): number => (Number.isFinite(amount) && amount > 0 ? amount : 0)
