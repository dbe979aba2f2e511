import type { Plan } from '../../core/plan/schema.ts'

/** What the plan's agents run on, in Docker's words. */
export const platformOf = ({ target }: Pick<Plan, 'target'>): 'linux/arm64' | 'linux/amd64' =>
  target.architecture === 'arm64' ? 'linux/arm64' : 'linux/amd64'
