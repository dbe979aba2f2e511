import type { Plan } from '../../core/plan/schema.ts'

/** Where Pulumi keeps what it knows of a project's resources: no value of a secret is among it. */
export interface StackPlace {
  /** The bucket, one for all projects of al in a Google Cloud project. */
  readonly bucket: string
  /** The project, to Pulumi. */
  readonly project: string
  /** The stack: the environment. */
  readonly stack: string
  /** The object of the bucket that holds the stack's state. */
  readonly object: string
  /** What the names of locks on the stack begin with. */
  readonly locks: string
}

/** The place of a plan's stack in the bucket of its Google Cloud project. */
export function stackPlace({ project: name, environment, target }: Pick<Plan, 'project' | 'environment' | 'target'>) {
  const project = `al-${name}`
  return {
    bucket: `${target.account ?? '${project}'}-al-state`,
    project,
    stack: environment,
    object: `.pulumi/stacks/${project}/${environment}.json`,
    locks: `.pulumi/locks/organization/${project}/${environment}/`,
  } satisfies StackPlace
}
