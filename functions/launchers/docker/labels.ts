import type { Start } from '../machine/machine-launcher.ts'

/** Projects on one engine know their own by this label, never by a name that may begin like another's. */
const project = 'al.project'

export const labelsOf = (projectId: string, { agent, run, suffix, attempt }: Start): Record<string, string> => ({
  [project]: projectId,
  'al.agent': agent,
  'al.run': run,
  'al.suffix': suffix,
  'al.attempt': String(attempt),
})

/** Marks a helper container that exists only while an agent's container is started. */
export const helperLabels = (projectId: string): Record<string, string> => ({
  [project]: projectId,
  'al.helper': 'yes',
})

export const isHelper = (labels: Readonly<Record<string, string>>): boolean => labels['al.helper'] === 'yes'

/** A filter for lists: what belongs to this project, and to this run if one is named. */
export const ownedBy = (projectId: string, run?: string): { label: string[] } => ({
  label: [`${project}=${projectId}`, ...(run === undefined ? [] : [`al.run=${run}`])],
})

/** Nothing if the container is not an agent's. */
export function startOf(labels: Readonly<Record<string, string>>): Start | undefined {
  const { 'al.agent': agent, 'al.run': run, 'al.suffix': suffix, 'al.attempt': attempt } = labels
  if (agent === undefined || run === undefined || suffix === undefined || attempt === undefined) return undefined
  return { agent, run, suffix, attempt: Number(attempt) }
}
