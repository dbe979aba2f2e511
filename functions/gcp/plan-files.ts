import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Decisions, Handout } from '../../core/plan/decisions.ts'
import { handoutsIn } from '../aws/deployment.ts'

export interface PlanFiles {
  readonly decisions: Decisions
  /** Reads the one line of the agent; nothing if there is no such agent. */
  readonly handout: (agent: string) => Promise<Handout | undefined>
}

/** The plan as it travels with a function: what it decides by, and what it hands out. */
export async function planFiles(directory: string): Promise<PlanFiles> {
  const decisions = JSON.parse(await readFile(join(directory, 'plan.json'), 'utf8')) as Decisions
  return { decisions, handout: handoutsIn(directory) }
}
