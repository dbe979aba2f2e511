import type { ThinkingLevel } from '@earendil-works/pi-agent-core'
import { type Api, clampThinkingLevel, type Model } from '@earendil-works/pi-ai'
import type { Handout } from '../../../core/plan/decisions.ts'
import type { Log } from '../../../core/scheduler/world.ts'

/** The level that the model offers nearest to the one asked for. A model that cannot think aloud ignores it. */
export function chooseThinking(model: Model<Api>, asked: Handout['model']['thinkingLevel'], log: Log): ThinkingLevel {
  if (asked === undefined || asked === 'off') return 'off'
  const level = clampThinkingLevel(model, asked)
  if (level !== asked) log('debug', 'thinking level not offered by the model', { asked, used: level })
  return level
}
