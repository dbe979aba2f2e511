import type { Handout } from '../../core/plan/decisions.ts'
import type { PlannedSecret } from '../../core/plan/schema.ts'

/** What a conversation is about. */
export interface ChatContext {
  /** For people: `agent "dev"`. */
  readonly title: string
  /** What is shown before the person has said anything. It costs nothing. */
  readonly opening?: string | undefined
  /** Where tools work. */
  readonly directory: string
  readonly model: Handout['model']
  /** Those of the model, and of the agent if there is one. */
  readonly secrets: readonly PlannedSecret[]
  readonly systemPrompt: () => string
}
